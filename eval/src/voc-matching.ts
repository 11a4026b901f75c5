import type { BoxColumns } from './box-columns.js';
import { descendingOrder } from './descending-order.js';
import { type RuleArithmetic, vocOverlap } from './voc-rules.js';

/** Curve of one class: point i describes the i + 1 best detections. */
export interface ClassCurve {
  /** Objects found / objects; NaN in a class without objects. */
  readonly recall: Float64Array;
  /** Objects found / detections that counted. */
  readonly precision: Float64Array;
  /** Score of each point, descending. */
  readonly scores: Float64Array;
  /** Number of objects that count, i.e. are not difficult. */
  readonly truths: number;
  /** Number of detections. */
  readonly detections: number;
}

/** What became of the detections of one class: everything a curve needs, for any weights of the images. */
export interface ClassMatches {
  /** Detections by descending score [D]: index of the image. */
  readonly images: Int32Array;
  /** Detections by descending score [D]. */
  readonly scores: Float64Array;
  /** Detections by descending score [D]: {@link Outcome}. */
  readonly outcomes: Uint8Array;
  /** Objects that count [G]: index of the image. */
  readonly objectImages: Int32Array;
}

/** A detection of a difficult object counts neither way. */
const Outcome = { wrong: 0, found: 1, ignored: 2 } as const;

/** The detections of one class by descending score, each with the object it lies on: what a match at any threshold needs. */
export interface ClassNeighbours {
  /** [D] index of the image. */
  readonly images: Int32Array;
  /** [D] descending. */
  readonly scores: Float64Array;
  /** [D] the object of largest overlap in the image, the first on ties; -1 for none. Matched and difficult ones take part. */
  readonly nearest: Int32Array;
  /** [D] overlap with it. */
  readonly overlaps: Float64Array;
}

/** Ranks the detections of one class and finds the object under each of them. */
export function findNeighbours(
  detections: BoxColumns,
  truths: BoxColumns,
  imageCount: number,
  arithmetic: RuleArithmetic,
): ClassNeighbours {
  const order = descendingOrder(detections.values.subarray(0, detections.count));
  const { starts, members } = groupByImage(truths, imageCount);
  const images = new Int32Array(order.length);
  const scores = new Float64Array(order.length);
  const nearest = new Int32Array(order.length);
  const overlaps = new Float64Array(order.length);
  for (let rank = 0; rank < order.length; rank++) {
    const detection = order[rank];
    const image = detections.images[detection];
    let [best, largest] = [-1, -1];
    for (let k = starts[image]; k < starts[image + 1]; k++) {
      const overlap = vocOverlap(truths.boxes, detections.boxes, arithmetic.sideOffset, 4 * members[k], 4 * detection);
      if (Number.isNaN(overlap) && arithmetic.nanIsLargest) {
        [best, largest] = [-1, -1];
        break;
      }
      if (overlap > largest) [best, largest] = [members[k], overlap];
    }
    images[rank] = image;
    scores[rank] = detections.values[detection];
    nearest[rank] = best;
    overlaps[rank] = largest;
  }
  return { images, scores, nearest, overlaps };
}

/** The objects of image i are `members[starts[i]]` to before `members[starts[i + 1]]`, in the order they were given in. */
function groupByImage({ images, count }: BoxColumns, imageCount: number) {
  const starts = new Int32Array(imageCount + 1);
  for (let i = 0; i < count; i++) starts[images[i] + 1]++;
  for (let image = 0; image < imageCount; image++) starts[image + 1] += starts[image];
  const next = starts.slice();
  const members = new Int32Array(count);
  for (let i = 0; i < count; i++) members[next[images[i]]++] = i;
  return { starts, members };
}

/** Which detections are right at a threshold: an object is found once, by the first detection whose nearest object it is. */
export function matchClass(
  neighbours: ClassNeighbours,
  truths: BoxColumns,
  iou: number,
  arithmetic: RuleArithmetic,
): ClassMatches {
  const { images, scores, nearest, overlaps } = neighbours;
  const taken = new Uint8Array(truths.count);
  const outcomes = new Uint8Array(nearest.length);
  for (let i = 0; i < nearest.length; i++) {
    const truth = nearest[i];
    const isNear = truth >= 0 && (arithmetic.inclusive ? overlaps[i] >= iou : overlaps[i] > iou);
    if (!isNear || taken[truth] === 1) outcomes[i] = Outcome.wrong;
    else if (truths.values[truth] === 1) outcomes[i] = Outcome.ignored;
    else {
      taken[truth] = 1;
      outcomes[i] = Outcome.found;
    }
  }
  return { images, scores, outcomes, objectImages: countedImages(truths) };
}

function countedImages({ images, values, count }: BoxColumns): Int32Array {
  return images.subarray(0, count).filter((_, i) => values[i] === 0);
}

/** Counts along descending scores, image i taken `weights[i]` times: a detection counts as often, one taken no time has no point. */
export function curveOf(matches: ClassMatches, weights?: Uint32Array): ClassCurve {
  const { images, outcomes, objectImages } = matches;
  const objects = weights ? objectImages.reduce((sum, image) => sum + weights[image], 0) : objectImages.length;
  const recall = new Float64Array(images.length);
  const precision = new Float64Array(images.length);
  const scores = new Float64Array(images.length);
  let [points, detections, found, wrong] = [0, 0, 0, 0];
  for (let i = 0; i < images.length; i++) {
    const weight = weights ? weights[images[i]] : 1;
    if (weight === 0) continue;
    if (outcomes[i] === Outcome.found) found += weight;
    else if (outcomes[i] === Outcome.wrong) wrong += weight;
    recall[points] = found / objects;
    precision[points] = found / Math.max(found + wrong, Number.EPSILON); // only dropped detections so far: 0, not 0/0
    scores[points++] = matches.scores[i];
    detections += weight;
  }
  const drawn = (values: Float64Array) => (points < values.length ? values.subarray(0, points) : values);
  return { recall: drawn(recall), precision: drawn(precision), scores: drawn(scores), truths: objects, detections };
}
