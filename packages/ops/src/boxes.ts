import type { Tensor } from '@tensorflow/tfjs-core';

/** Names under which a back end registers kernels for boxes (see `runInPlace`); what they fill is in the attributes, too. */
export const boxKernels = { match: 'MatchPriors', best: 'BestAbove', suppress: 'Suppress' } as const;

/** Matching of priors with the truths of several images. */
export interface MatchAttributes {
  /** `[T, 4]` corners, image after image. */
  readonly truths: Float32Array;
  /** `[B]` where the truths of each image end. */
  readonly ends: Int32Array;
  /** `[P, 4]` corners. */
  readonly priors: Float32Array;
  /** `[B, P]`, filled: index among the truths of the image, or -1. */
  readonly truth: Int32Array;
  /** `[B, P]`, filled: IoU with that truth, 2 where it is matched whatever the IoU. */
  readonly overlap: Float32Array;
  /** `[T]`, filled: prior of largest IoU with each truth. */
  readonly bestPrior: Int32Array;
}

/** Choice of the rows of a table with the highest values. */
export interface BestAttributes {
  /** `[N, columns]`; the values of a tensor are looked at where they are. */
  readonly table: Tensor | Float32Array;
  readonly columns: number;
  /** Rows each group looks at. */
  readonly rows: number;
  /** `[G]` the first of them. */
  readonly starts: Int32Array;
  /** `[G]` the column it looks at. */
  readonly picked: Int32Array;
  /** Values must be above this. */
  readonly threshold: number;
  readonly limit: number;
  /** `[G, limit]`, filled: rows, best first. */
  readonly best: Int32Array;
  /** `[G, limit]`, filled: their values. */
  readonly scores: Float32Array;
  /** `[G]`, filled: number of them. */
  readonly found: Int32Array;
}

/** Suppression of overlapping boxes in several groups. */
export interface SuppressAttributes {
  /** `[N, 4]` corners, group after group, in each the best first. */
  readonly boxes: Float32Array;
  /** `[G]` where each group ends. */
  readonly ends: Int32Array;
  /** IoU above which the lower of two boxes goes. */
  readonly iou: number;
  /** `[N]`, filled: 1 for boxes that stay. */
  readonly kept: Uint8Array;
}
