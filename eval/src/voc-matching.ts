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

/** Matches the detections of one class with its truths (image index -> objects) and counts along descending scores. */
export function matchClass(
  detections: readonly Candidate[],
  truths: ReadonlyMap<number, readonly Truth[]>,
  iou: number,
  arithmetic: RuleArithmetic,
): ClassCurve {
  const ranked = [...detections].sort((a, b) => b.score - a.score); // stable by the language
  let objects = 0;
  for (const ofImage of truths.values()) for (const { difficult } of ofImage) objects += difficult ? 0 : 1;
  const count = ranked.length;
  const recall = new Float64Array(count);
  const precision = new Float64Array(count);
  const taken = new Set<Truth>();
  let found = 0;
  let wrong = 0;
  ranked.forEach((detection, i) => {
    const truth = nearest(detection.box, truths.get(detection.image) ?? [], iou, arithmetic);
    if (truth === undefined || taken.has(truth)) wrong++;
    else if (!truth.difficult) {
      taken.add(truth);
      found++;
    }
    recall[i] = found / objects;
    precision[i] = found / Math.max(found + wrong, Number.EPSILON); // only dropped detections so far: 0, not 0/0
  });
  const scores = Float64Array.from(ranked, ({ score }) => score);
  return { recall, precision, scores, truths: objects, detections: count };
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
