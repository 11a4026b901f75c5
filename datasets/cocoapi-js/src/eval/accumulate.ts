import { type Evaluation, MATCHED } from './evaluation.js';
import { range } from './order.js';

/** Precision and recall of all settings; -1 where there are no objects. */
export interface Curves {
  /** [T, R, K, A, M] */
  readonly counts: readonly [number, number, number, number, number];
  /** [T, R, K, A, M] Largest precision at this recall or a higher one; 0 where the recall is not reached. */
  readonly precision: Float64Array;
  /** [T, K, A, M] Recall of all detections together. */
  readonly recall: Float64Array;
  /** [T, R, K, A, M] Score at which the recall is reached; 0 where it is not. */
  readonly scores: Float64Array;
}

/** What of an evaluation is accumulated: positions in its parameters, and recalls. */
export interface Selection {
  readonly thresholds: readonly number[];
  readonly categories: readonly number[];
  readonly recThrs: readonly number[];
  /** By position in `imgIds`: how many times the image is there. All once if absent. */
  readonly weights?: ArrayLike<number>;
}

/** Where the curves of one area range and limit go: into every `stride`-th element of the arrays, from `offset` on. */
export interface Cell {
  /** Position in `areaRng`. */
  readonly area: number;
  /** Name of the area range. */
  readonly label: string;
  /** Detections of an image and category; any number up to the largest evaluated. */
  readonly maxDet: number;
  readonly stride: number;
  readonly offset: number;
  /** [T, R, K] times stride */
  readonly precision?: Float64Array;
  readonly scores?: Float64Array;
  /** [T, K] times stride */
  readonly recall: Float64Array;
}

/** Arrays for all area ranges and limits of the selection, and their cells. */
export function emptyCurves(
  { thresholds, recThrs, categories }: Selection,
  areas: readonly Pick<Cell, 'area' | 'label'>[],
  maxDets: readonly number[],
): { curves: Curves; cells: Cell[] } {
  const counts = [thresholds.length, recThrs.length, categories.length, areas.length, maxDets.length] as const;
  const [T, R, K, A, M] = counts;
  const precision = new Float64Array(T * R * K * A * M);
  const scores = new Float64Array(T * R * K * A * M);
  const recall = new Float64Array(T * K * A * M);
  const arrays = { precision, scores, recall, stride: A * M };
  const cells = areas.flatMap((area, a) =>
    maxDets.map((maxDet, m) => ({ ...area, maxDet, offset: a * M + m, ...arrays })),
  );
  return { curves: { counts, precision, recall, scores }, cells };
}

/** Fills the cells; -1 where a category has no objects. */
export function accumulateCells(evaluation: Evaluation, selection: Selection, cells: readonly Cell[]): void {
  const objects = countObjects(evaluation, new Set(cells.map(({ area }) => area)), selection.weights);
  const walker = new CurveWalker(evaluation, selection);
  const curves = cells.map((cell) => new CategoryCurves(selection, cell.precision !== undefined));
  selection.categories.forEach((category, k) => {
    const places = placesOf(evaluation, category, selection.weights);
    cells.forEach(({ area, maxDet }, c) => {
      walker.walk(places, objects[area * evaluation.categories + category], area, maxDet, curves[c]);
    });
    scatter(cells, curves, k, selection.categories.length);
  });
}

/** Curves of one category, area range and limit. */
class CategoryCurves {
  /** [T, R]; empty where only the recall is wanted. */
  readonly precision: Float64Array;
  readonly scores: Float64Array;
  /** [T] */
  readonly recall: Float64Array;

  constructor({ thresholds, recThrs }: Selection, withPrecision: boolean) {
    const size = withPrecision ? thresholds.length * recThrs.length : 0;
    this.precision = new Float64Array(size);
    this.scores = new Float64Array(size);
    this.recall = new Float64Array(thresholds.length);
  }
}

/** Copies the curves of the k-th category into the cells. Cell by cell within a row: there the large arrays are contiguous. */
function scatter(cells: readonly Cell[], curves: readonly CategoryCurves[], k: number, K: number): void {
  for (const what of ['precision', 'scores', 'recall'] as const) {
    const targets = cells.flatMap(({ [what]: array, stride, offset }, c) =>
      array ? [{ array, stride, offset, values: curves[c][what] }] : [],
    );
    const rows = targets[0]?.values.length ?? 0;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < targets.length; i++) {
        const { array, stride, offset, values } = targets[i];
        array[(row * K + k) * stride + offset] = values[row];
      }
    }
  }
}

/** [A, K] Objects that are not ignored. */
function countObjects(
  { truths, truthIgnored, categories, params }: Evaluation,
  areas: ReadonlySet<number>,
  weights: ArrayLike<number> | undefined,
): Float64Array {
  const objects = new Float64Array(params.areaRng.length * categories);
  for (const area of areas) {
    for (let row = 0; row < truths.rows; row++) {
      if (truthIgnored[area * truths.rows + row]) continue;
      objects[area * categories + truths.category[row]] += weights ? weights[truths.image[row]] : 1;
    }
  }
  return objects;
}

/**
 * The detections of a category as if image `i` stood `weights[i]` times in the set, each copy beside the original: a run of equal scores of
 * one image comes again as a whole, because among equal scores the images come one after the other.
 */
function placesOf(
  { offsets, image, score }: Evaluation,
  category: number,
  weights: ArrayLike<number> | undefined,
): Int32Array {
  const start = offsets[category];
  const end = offsets[category + 1];
  if (!weights) return range(start, end);
  let length = 0;
  for (let place = start; place < end; place++) length += weights[image[place]];
  const places = new Int32Array(length);
  let to = 0;
  for (let from = start; from < end; ) {
    let next = from + 1;
    while (next < end && image[next] === image[from] && score[next] === score[from]) next++;
    for (let copy = weights[image[from]]; copy > 0; copy--)
      for (let place = from; place < next; place++) places[to++] = place;
    from = next;
  }
  return places;
}

/**
 * Walks the detections of a category once for each area range and limit, and then, for each threshold, only the hits: recall rises at
 * matches alone, so the points between them are never read. False positives before a match are the detections that count so far, less the
 * matched ones.
 */
class CurveWalker {
  /** Of the hits within the limit, in order: place, number of the hit, detections inside the area range up to this one, whether it is inside. */
  #place = new Int32Array(0);
  #hit = new Int32Array(0);
  #seen = new Int32Array(0);
  #inside = new Uint8Array(0);
  #count = 0;
  /** By true positive: false positives before it, precision, place. */
  #falsePositives = new Int32Array(0);
  #precision = new Float64Array(0);
  #reached = new Int32Array(0);

  constructor(
    readonly evaluation: Evaluation,
    readonly selection: Selection,
  ) {}

  /** Fills the curves of a category in one area range and limit. */
  walk(places: Int32Array, objects: number, area: number, maxDet: number, curves: CategoryCurves): void {
    const { precision, scores, recall } = curves;
    if (objects === 0) {
      for (const array of [precision, scores, recall]) array.fill(-1);
      return;
    }
    this.#collect(places, area, maxDet);
    // The best detection of a category is the first of its image: it is within every limit but 0.
    const first = places.length > 0 && maxDet > 0 ? places[0] : -1;
    const { thresholds, recThrs } = this.selection;
    const R = precision.length / thresholds.length;
    const points = R > 0 ? Int32Array.from(recThrs, (threshold) => firstReaching(threshold, objects)) : NO_POINTS;
    for (let t = 0; t < thresholds.length; t++) {
      const found = this.#match(area, thresholds[t]);
      recall[t] = found / objects;
      if (R === 0) continue;
      this.#makeMonotone(found);
      this.#read(points, found, first, precision.subarray(t * R, (t + 1) * R), scores.subarray(t * R, (t + 1) * R));
    }
  }

  /** [R] Precision and score at each recall; 0 from the first recall on that is not reached, as in pycocotools, even if a lower one follows. */
  #read(points: Int32Array, found: number, first: number, precision: Float64Array, scores: Float64Array): void {
    const { recThrs } = this.selection;
    const { score } = this.evaluation;
    precision.fill(0);
    scores.fill(0);
    for (let r = 0; r < recThrs.length; r++) {
      const point = points[r];
      // A recall of 0 is reached by the first detection, whether it matches or not.
      const place = recThrs[r] <= 0 ? first : point < found ? this.#reached[point] : -1;
      if (place < 0) break;
      precision[r] = point < found ? this.#precision[point] : 0;
      scores[r] = score[place];
    }
  }

  /** Without branches: which detections are within the limit, inside the range and hits cannot be predicted. */
  #collect(places: Int32Array, area: number, maxDet: number): void {
    const { rank, inside, isHit, hitsBefore } = this.evaluation;
    const insideFrom = area * rank.length;
    this.#reserve(places.length + 1);
    let count = 0;
    let seen = 0;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      const isWithin = (rank[place] - maxDet) >>> 31;
      seen += inside[insideFrom + place] & isWithin;
      this.#place[count] = place;
      this.#seen[count] = seen;
      count += isHit[place] & isWithin;
    }
    for (let i = 0; i < count; i++) {
      this.#hit[i] = hitsBefore[this.#place[i]];
      this.#inside[i] = inside[insideFrom + this.#place[i]];
    }
    this.#count = count;
  }

  /** Fills precision and place of every true positive; gives their number. Without branches, as above. */
  #match(area: number, threshold: number): number {
    const { hits, flags, params } = this.evaluation;
    const from = (area * params.iouThrs.length + threshold) * hits;
    let found = 0;
    let matchedInside = 0;
    for (let i = 0; i < this.#count; i++) {
      const flag = flags[from + this.#hit[i]];
      matchedInside += this.#inside[i] & (flag | (flag >>> 1));
      this.#reached[found] = this.#place[i];
      this.#falsePositives[found] = this.#seen[i] - matchedInside;
      found += flag & MATCHED;
    }
    for (let point = 0; point < found; point++) {
      this.#precision[point] = (point + 1) / (this.#falsePositives[point] + (point + 1) + Number.EPSILON);
    }
    return found;
  }

  /** The envelope: from the right, each precision becomes at least the next. */
  #makeMonotone(found: number): void {
    for (let point = found - 1; point > 0; point--) {
      if (this.#precision[point - 1] < this.#precision[point]) this.#precision[point - 1] = this.#precision[point];
    }
  }

  #reserve(length: number): void {
    if (this.#place.length >= length) return;
    this.#place = new Int32Array(2 * length);
    this.#hit = new Int32Array(2 * length);
    this.#seen = new Int32Array(2 * length);
    this.#inside = new Uint8Array(2 * length);
    this.#falsePositives = new Int32Array(2 * length);
    this.#precision = new Float64Array(2 * length);
    this.#reached = new Int32Array(2 * length);
  }
}

const NO_POINTS = new Int32Array(0);

/** First of the true positives 0, 1, … at which the recall is at least `threshold`: point `i` has recall (i + 1) / objects. */
function firstReaching(threshold: number, objects: number): number {
  let point = Math.max(0, Math.ceil(threshold * objects) - 1);
  // The product is rounded, the recall is a rounded quotient: the guess may be one off.
  while (point > 0 && point / objects >= threshold) point--;
  while ((point + 1) / objects < threshold && point < objects) point++;
  return point;
}
