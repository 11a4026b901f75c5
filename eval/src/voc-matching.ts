import { type Box, type RuleArithmetic, vocOverlap } from './voc-rules.js';

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

interface Truth {
  readonly box: Box;
  readonly difficult: boolean;
}
interface Candidate {
  readonly image: number;
  readonly box: Box;
  readonly score: number;
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

/** Matches the detections of one class with its truths (image index -> objects) along descending scores. */
export function matchClass(
  detections: readonly Candidate[],
  truths: ReadonlyMap<number, readonly Truth[]>,
  iou: number,
  arithmetic: RuleArithmetic,
): ClassMatches {
  const ranked = [...detections].sort((a, b) => b.score - a.score); // stable by the language
  const objectImages: number[] = [];
  for (const [image, ofImage] of truths) {
    for (const { difficult } of ofImage) if (!difficult) objectImages.push(image);
  }
  const taken = new Set<Truth>();
  const outcomes = Uint8Array.from(ranked, (detection) => {
    const truth = nearest(detection.box, truths.get(detection.image) ?? [], iou, arithmetic);
    if (truth === undefined || taken.has(truth)) return Outcome.wrong;
    if (truth.difficult) return Outcome.ignored;
    taken.add(truth);
    return Outcome.found;
  });
  return {
    images: Int32Array.from(ranked, ({ image }) => image),
    scores: Float64Array.from(ranked, ({ score }) => score),
    outcomes,
    objectImages: Int32Array.from(objectImages),
  };
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

/** The truth of largest overlap, the first on ties, if it passes the threshold; matched and difficult ones take part. */
function nearest(box: Box, truths: readonly Truth[], iou: number, arithmetic: RuleArithmetic): Truth | undefined {
  let best: Truth | undefined;
  let largest = -1;
  for (const truth of truths) {
    const overlap = vocOverlap(truth.box, box, arithmetic.sideOffset);
    if (Number.isNaN(overlap) && arithmetic.nanIsLargest) return undefined;
    if (overlap > largest) {
      largest = overlap;
      best = truth;
    }
  }
  return (arithmetic.inclusive ? largest >= iou : largest > iou) ? best : undefined;
}
