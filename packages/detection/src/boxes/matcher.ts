import { boxIou } from './iou.js';

/** Which truth each prior stands for. */
export interface PriorMatch {
  /** `[P]` index of the truth, or -1 when there is no truth at all. */
  readonly truth: Int32Array;
  /** `[P]` IoU with that truth; 2 where the prior is the best one of a truth and is matched whatever the IoU. */
  readonly overlap: Float32Array;
  /** `[T]` index of the prior with the largest IoU, the first on ties. */
  readonly bestPrior: Int32Array;
}

/**
 * SSD's bipartite and per-prediction matching (arXiv 1512.02325, section 2.2): every prior takes the truth of largest IoU (the first on ties), then every truth
 * takes its best prior; where two truths share a best prior the later one wins it.
 * @param truths corners `[T, 4]` @param priors corners `[P, 4]`, same unit
 */
export function matchPriors(truths: Float32Array, priors: Float32Array): PriorMatch {
  const truthCount = truths.length / 4;
  const priorCount = priors.length / 4;
  const truth = new Int32Array(priorCount).fill(truthCount === 0 ? -1 : 0);
  const overlap = new Float32Array(priorCount);
  const bestPrior = new Int32Array(truthCount);
  for (let t = 0; t < truthCount; t++) {
    let best = -1;
    for (let p = 0; p < priorCount; p++) {
      const iou = boxIou(truths, t, priors, p);
      if (iou > overlap[p]) {
        overlap[p] = iou;
        truth[p] = t;
      }
      if (iou > best) {
        best = iou;
        bestPrior[t] = p;
      }
    }
  }
  if (priorCount > 0) {
    for (let t = 0; t < truthCount; t++) {
      truth[bestPrior[t]] = t;
      overlap[bestPrior[t]] = 2;
    }
  }
  return { truth, overlap, bestPrior };
}
