import { type Evaluation, IGNORED, UNMATCHED } from './evaluation.js';

/** Part of an evaluation, by positions in its parameters. */
export interface Selection {
  readonly thresholds: readonly number[];
  readonly categories: readonly number[];
  readonly areas: readonly number[];
  /** Limits of detections an image and category; any numbers up to the largest evaluated. */
  readonly maxDets: readonly number[];
  readonly recThrs: readonly number[];
  /** By position in `imgIds`: how many times the image is there. All once if absent. */
  readonly weights?: ArrayLike<number>;
  /** Pairs of positions in `areas` and `maxDets` to fill in; all if absent. */
  readonly cells?: readonly (readonly [area: number, maxDet: number])[];
}

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

/** Arrays for a selection, filled with -1. */
export function emptyCurves({ thresholds, recThrs, categories, areas, maxDets }: Selection): Curves {
  const counts = [thresholds.length, recThrs.length, categories.length, areas.length, maxDets.length] as const;
  const [T, R, K, A, M] = counts;
  return {
    counts,
    precision: new Float64Array(T * R * K * A * M).fill(-1),
    recall: new Float64Array(T * K * A * M).fill(-1),
    scores: new Float64Array(T * R * K * A * M).fill(-1),
  };
}

/** Fills the curves, whose cells are -1 before. */
export function accumulateInto(curves: Curves, evaluation: Evaluation, selection: Selection): void {
  const { areas, maxDets, categories, weights } = selection;
  const cells = selection.cells ?? areas.flatMap((_, a) => maxDets.map((_, m) => [a, m] as const));
  const objects = countObjects(evaluation, areas, weights);
  const walker = new CurveWalker(curves, evaluation, selection);
  categories.forEach((category, k) => {
    const places = placesOf(evaluation, category, weights);
    for (const [a, m] of cells) {
      const count = objects[areas[a] * evaluation.categories + category];
      if (count > 0) walker.fill(places, count, k, a, m);
    }
  });
}

/** [A, K] Objects that are not ignored. */
function countObjects(
  { truths, truthIgnored, categories, params }: Evaluation,
  areas: readonly number[],
  weights: ArrayLike<number> | undefined,
): Float64Array {
  const objects = new Float64Array(params.areaRng.length * categories);
  for (const area of new Set(areas)) {
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
  let length = 0;
  for (let place = start; place < end; place++) length += weights ? weights[image[place]] : 1;
  const places = new Int32Array(length);
  let to = 0;
  for (let from = start; from < end; ) {
    let next = from + 1;
    while (next < end && image[next] === image[from] && score[next] === score[from]) next++;
    const times = weights ? weights[image[from]] : 1;
    for (let copy = 0; copy < times; copy++) for (let place = from; place < next; place++) places[to++] = place;
    from = next;
  }
  return places;
}

/**
 * Walks the detections of a category once for each area range and limit, and then, for each threshold, only those that overlap a truth:
 * recall rises at matches alone, so the points between them are never read. False positives before a match are the detections that count so
 * far, less the matched ones.
 */
class CurveWalker {
  /** Of the detections with flags, in order: place, and the number of detections inside the area range up to this one. */
  #place = new Int32Array(256);
  #seen = new Int32Array(256);
  #inside = new Uint8Array(256);
  #count = 0;
  /** First detection within the limit; -1 none. */
  #first = -1;
  /** By true positive. */
  #precision = new Float64Array(256);
  #reached = new Int32Array(256);

  constructor(
    readonly curves: Curves,
    readonly evaluation: Evaluation,
    readonly selection: Selection,
  ) {}

  fill(places: Int32Array, objects: number, k: number, a: number, m: number): void {
    const [, R, K, A, M] = this.curves.counts;
    const { precision, recall, scores } = this.curves;
    const { thresholds, areas, maxDets, recThrs } = this.selection;
    this.#collect(places, areas[a], maxDets[m]);
    thresholds.forEach((threshold, t) => {
      const found = this.#walk(areas[a], threshold);
      recall[((t * K + k) * A + a) * M + m] = found / objects;
      for (let r = 0; r < R; r++) {
        const cell = (((t * R + r) * K + k) * A + a) * M + m;
        const point = firstReaching(recThrs[r], objects, found);
        precision[cell] = point < found ? this.#precision[point] : 0;
        // A recall of 0 is reached by the first detection, whether it matches or not.
        const place = recThrs[r] <= 0 ? this.#first : point < found ? this.#reached[point] : -1;
        scores[cell] = place < 0 ? 0 : this.evaluation.score[place];
      }
    });
  }

  #collect(places: Int32Array, area: number, maxDet: number): void {
    const { rank, area: areaOf, block, params } = this.evaluation;
    const [low, high] = params.areaRng[area];
    this.#count = 0;
    this.#first = -1;
    let seen = 0;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (rank[place] >= maxDet) continue;
      if (this.#first < 0) this.#first = place;
      const inside = areaOf[place] < low || areaOf[place] > high ? 0 : 1;
      seen += inside;
      if (block[place] < 0) continue;
      if (this.#count === this.#place.length) this.#grow();
      this.#place[this.#count] = place;
      this.#seen[this.#count] = seen;
      this.#inside[this.#count++] = inside;
    }
  }

  /** Fills precision and place of every true positive; gives their number. */
  #walk(area: number, threshold: number): number {
    const { block, flags, params } = this.evaluation;
    const T = params.iouThrs.length;
    const setting = area * T + threshold;
    const settings = params.areaRng.length * T;
    let found = 0;
    let matchedInside = 0;
    for (let i = 0; i < this.#count; i++) {
      const flag = flags[block[this.#place[i]] * settings + setting];
      if (flag === UNMATCHED) continue;
      matchedInside += this.#inside[i];
      if (flag === IGNORED) continue;
      const falsePositives = this.#seen[i] - matchedInside;
      this.#reached[found] = this.#place[i];
      found++;
      this.#precision[found - 1] = found / (falsePositives + found + Number.EPSILON);
    }
    for (let point = found - 1; point > 0; point--) {
      if (this.#precision[point - 1] < this.#precision[point]) this.#precision[point - 1] = this.#precision[point];
    }
    return found;
  }

  #grow(): void {
    const larger = <T extends Int32Array | Uint8Array | Float64Array>(array: T, copy: T): T => {
      copy.set(array);
      return copy;
    };
    const length = 2 * this.#place.length;
    this.#place = larger(this.#place, new Int32Array(length));
    this.#seen = larger(this.#seen, new Int32Array(length));
    this.#inside = larger(this.#inside, new Uint8Array(length));
    this.#precision = new Float64Array(length);
    this.#reached = new Int32Array(length);
  }
}

/** First of the true positives 0, 1, … at which the recall is at least `threshold`; `found` when none is. */
function firstReaching(threshold: number, objects: number, found: number): number {
  let point = Math.max(0, Math.ceil(threshold * objects) - 1);
  if (point > found) return found;
  // The product is rounded, the recall is a rounded quotient: the guess may be one off.
  while (point > 0 && point / objects >= threshold) point--;
  while (point < found && (point + 1) / objects < threshold) point++;
  return point;
}
