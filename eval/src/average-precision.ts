import { pairwiseSum } from './pairwise-sum.js';

/** How a recall/precision curve becomes one number: VOC2007's eleven points, or the area under the envelope (VOC2010 and later). */
export type ApMetric = '11-point' | 'area';

/** The metrics by name. */
export const apMetrics: Record<ApMetric, (recall: ArrayLike<number>, precision: ArrayLike<number>) => number> = {
  '11-point': elevenPointAp,
  area: areaAp,
};

/**
 * Average precision of VOC2007 (Everingham et al. 2010, section 4.2): the mean of the best precision at recall >= 0, 0.1, ..., 1.
 * The thresholds are `i * 0.1` in doubles as in the reference, so 0.30000000000000004, 0.6000000000000001 and 0.7000000000000001 lie above
 * their decimals and a recall of exactly 0.6 does not reach the seventh.
 */
export function elevenPointAp(recall: ArrayLike<number>, precision: ArrayLike<number>): number {
  const best = new Float64Array(11);
  // Recall does not fall, so one pass from the right has seen all points beyond a threshold when it reaches it. NaN reaches none.
  let largest = 0;
  for (let i = 10, j = recall.length - 1; i >= 0; i--) {
    for (; j >= 0 && recall[j] >= i * 0.1; j--) largest = Math.max(largest, precision[j]);
    best[i] = largest;
  }
  let ap = 0;
  for (let i = 0; i <= 10; i++) ap += best[i] / 11;
  return ap;
}

/**
 * Average precision of VOC2010 and later: area under the precision envelope over recall, summed where recall changes. A class without objects
 * has NaN recalls and gives NaN, except without detections: then 0.
 */
export function areaAp(recall: ArrayLike<number>, precision: ArrayLike<number>): number {
  const count = recall.length;
  const envelope = new Float64Array(count + 1); // the last entry is the 0 at the end of the curve
  for (let i = count - 1; i >= 0; i--) envelope[i] = Math.max(precision[i], envelope[i + 1]);
  const steps = new Float64Array(count + 1);
  let [changes, previous] = [0, 0];
  for (let i = 0; i <= count; i++) {
    const next = i < count ? recall[i] : 1;
    if (next !== previous) steps[changes++] = (next - previous) * envelope[i]; // NaN differs from everything, itself included
    previous = next;
  }
  return pairwiseSum(steps, 0, changes);
}
