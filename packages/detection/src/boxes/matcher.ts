import { boxKernels, runInPlace } from '@onebit/ops';
import { boxIou } from './iou.js';

/** Which truth each prior stands for. Rows run over image, then prior. */
export interface PriorMatch {
  /** `[B, P]` index of the truth among those of the image, or -1 when it has none at all. */
  readonly truth: Int32Array;
  /** `[B, P]` IoU with that truth; 2 where the prior is the best one of a truth and is matched whatever the IoU. */
  readonly overlap: Float32Array;
  /** `[T]` over the truths of all images: index of the prior with the largest IoU, the first on ties. */
  readonly bestPrior: Int32Array;
}

/**
 * SSD's bipartite and per-prediction matching (arXiv 1512.02325, section 2.2) in each image: every prior takes the truth of largest IoU (the first on ties),
 * then every truth takes its best prior; where two truths share a best prior the later one wins it.
 * @param truths corners `[T, 4]` of each image @param priors corners `[P, 4]`, same unit
 */
export function matchPriors(truths: readonly Float32Array[], priors: Float32Array): PriorMatch {
  const count = priors.length / 4;
  const truth = new Int32Array(truths.length * count);
  const overlap = new Float32Array(truths.length * count);
  const [all, ends] = joined(truths);
  const bestPrior = new Int32Array(all.length / 4);
  if (!runInPlace(boxKernels.match, { truths: all, ends, priors, truth, overlap, bestPrior })) {
    for (const [b, boxes] of truths.entries()) {
      const rows = [b * count, (b + 1) * count] as const;
      matchImage(boxes, priors, {
        truth: truth.subarray(...rows),
        overlap: overlap.subarray(...rows),
        bestPrior: bestPrior.subarray(ends[b] - boxes.length / 4, ends[b]),
      });
    }
  }
  return { truth, overlap, bestPrior };
}

function matchImage(truths: Float32Array, priors: Float32Array, { truth, overlap, bestPrior }: PriorMatch): void {
  truth.fill(bestPrior.length === 0 ? -1 : 0);
  if (truth.length === 0) return;
  for (let t = 0; t < bestPrior.length; t++) {
    let best = -1;
    for (let p = 0; p < truth.length; p++) {
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
  for (const [t, p] of bestPrior.entries()) {
    truth[p] = t;
    overlap[p] = 2;
  }
}

/** All boxes one after another, and where those of each image end. */
function joined(parts: readonly Float32Array[]): [Float32Array, Int32Array] {
  const ends = new Int32Array(parts.length);
  let length = 0;
  for (const [b, part] of parts.entries()) {
    length += part.length;
    ends[b] = length / 4;
  }
  const all = new Float32Array(length);
  for (const [b, part] of parts.entries()) all.set(part, b === 0 ? 0 : ends[b - 1] * 4);
  return [all, ends];
}
