import { OnebitError } from '@onebit/common';
import type { ClassCurve } from './voc-matching.js';

/** One cut of a class's detections: those with at least this score are kept. */
export interface OperatingPoint {
  /** Lowest score that is kept. */
  readonly score: number;
  /** Objects found / detections kept that count; 1 when none is kept. */
  readonly precision: number;
  /** Objects found / objects; NaN in a class without objects. */
  readonly recall: number;
  /** Harmonic mean of the two, 0 when nothing is found; NaN in a class without objects. */
  readonly f1: number;
}

/**
 * Precision, recall and F1 of a class when detections below `score` are thrown away.
 * @throws OnebitError ERR_USAGE when `score` is NaN.
 */
export function pointAtScore(curve: ClassCurve, score: number): OperatingPoint {
  if (Number.isNaN(score)) throw new OnebitError('ERR_USAGE', 'pointAtScore: the score must be a number, got NaN');
  // The scores descend: the kept ones are the first `high`.
  let [low, high] = [0, curve.scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (curve.scores[middle] >= score) low = middle + 1;
    else high = middle;
  }
  return pointOf(curve, high - 1, score);
}

/**
 * The cut with the largest F1, the highest score among equals. Detections of one score are kept or thrown away together.
 * @returns undefined in a class without objects or without detections.
 */
export function bestF1(curve: ClassCurve): OperatingPoint | undefined {
  if (curve.truths === 0) return undefined;
  let best: OperatingPoint | undefined;
  for (let i = 0; i < curve.scores.length; i++) {
    if (curve.scores[i + 1] === curve.scores[i]) continue;
    const point = pointOf(curve, i, curve.scores[i]);
    if (best === undefined || point.f1 > best.f1) best = point;
  }
  return best;
}

function pointOf({ precision, recall, truths }: ClassCurve, last: number, score: number): OperatingPoint {
  if (last < 0)
    return { score, precision: 1, recall: truths === 0 ? Number.NaN : 0, f1: truths === 0 ? Number.NaN : 0 };
  const [p, r] = [precision[last], recall[last]];
  return { score, precision: p, recall: r, f1: p + r === 0 ? 0 : (2 * p * r) / (p + r) };
}
