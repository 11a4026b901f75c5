import { pickedEntropy, type Reading, tf } from '@onebit/ops';
import { type ClassQuery, detectQueries, type TablePredictions } from '../detect.js';
import type { BottleneckOptions } from './bottleneck.js';

/** The boxes of one class that survive in one image that shows objects of the class. */
export interface PriorGroup {
  readonly image: number;
  /** 0-based class without background. */
  readonly label: number;
  /** Objects of the class in the image. */
  readonly truths: number;
  /** `[K]` rows b * P + p, best first; K > truths. */
  readonly rows: Int32Array;
  /** Sum of their probabilities. */
  readonly total: number;
}

/** Predictions the groups are chosen from, outside the tape; box offsets are sampled. */
export interface PriorCandidates extends TablePredictions {
  /** `[P, 4]` (cx, cy, w, h). */
  readonly priors: Float32Array;
  /** For each image the number of objects of every class present. */
  readonly present: readonly ReadonlyMap<number, number>[];
}

/**
 * Chooses the boxes of the sparse object prior (bidet.md section 8): for each image and each class among its truths, boxes above the threshold that survive
 * suppression; groups with no more boxes than truths are skipped.
 */
export function* selectPriorGroups(
  { priors, present, ...predictions }: PriorCandidates,
  { scoreThreshold, iou, topK }: BottleneckOptions,
): Reading<PriorGroup[]> {
  const count = priors.length / 4;
  const queries = present.flatMap((classes, image) =>
    Array.from(classes, ([label, truths]): ClassQuery & { truths: number } => ({ image, label, truths })),
  );
  const found = yield* detectQueries(predictions, priors, queries, { scoreThreshold, iou, topK });
  return queries.flatMap(({ image, label, truths }, g): PriorGroup[] => {
    const { priors: kept, scores } = found[g];
    if (kept.length <= truths) return [];
    const total = scores.reduce((sum, score) => sum + score, 0);
    return [{ image, label, truths, rows: kept.map((p) => image * count + p), total }];
  });
}

/** Keeps the mean over no group 0 (the released code's constant). */
const countEpsilon = 1e-6;

/**
 * BiDet's sparse object prior: mean over the groups of -(1 / truths) * sum q ln q with q = s / T, s the probability of a surviving box and T their sum in the
 * group, **taken as a constant**. So d term / d s = -(ln q + 1) / (truths * T), and boxes get none. Without groups the term is 0 (defects D5, D6 mended).
 * @param logits `[B * P, C + 1]`
 */
export function objectPrior(logits: tf.Tensor2D, groups: readonly PriorGroup[]): tf.Scalar {
  if (groups.length === 0) return tf.scalar(0);
  const kept = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const picks = {
    rows: new Int32Array(kept),
    columns: new Int32Array(kept),
    totals: new Float32Array(kept),
    weights: new Float32Array(kept),
  };
  let at = 0;
  for (const { rows, label, total, truths } of groups) {
    const end = at + rows.length;
    picks.rows.set(rows, at);
    picks.columns.fill(label + 1, at, end);
    picks.totals.fill(total, at, end);
    picks.weights.fill(-1 / (truths * (groups.length + countEpsilon)), at, end);
    at = end;
  }
  // Every s is above the threshold, so q is far from 0 and its logarithm safe.
  return tf.tidy(() => pickedEntropy(logits, picks));
}
