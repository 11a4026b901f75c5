import type { NumberArray, Shape } from './elementwise.js';

/** `mean` and `prod` of nothing are NaN and 1, `max` -Infinity, `min` Infinity (int32: the smallest and largest value). */
export type ReduceOp = 'sum' | 'mean' | 'max' | 'min' | 'prod';

/**
 * Reductions over any axes. Results do not depend on the number of threads: blocks are fixed, partial sums are float64 and are combined in order.
 */
export interface ReduceKernels {
  /**
   * y = reduction of x over `axes` (each in [0, rank), none twice), with the remaining dimensions in order; x and y of one type. Float sums keep
   * an error near one rounding of the result's magnitude (float32 in runs of at most 64 terms, float64 above). Int32 sums wrap; no int32 `mean`.
   * `max` and `min` of a NaN are NaN.
   */
  reduce(op: ReduceOp, x: NumberArray, shape: Shape, axes: readonly number[], y: NumberArray): void;
  /** y = 1 where any / all of the values over `axes` are non-zero. */
  reduceBool(op: 'any' | 'all', x: Uint8Array, shape: Shape, axes: readonly number[], y: Uint8Array): void;
  /** y = index along `axis` of the first largest / smallest value; a NaN counts only if it comes first (as tfjs). */
  argReduce(op: 'max' | 'min', x: NumberArray, shape: Shape, axis: number, y: Int32Array): void;
  /** Sum of the squares of all entries of all arrays, in float64 and a fixed order: the square of the global norm. */
  sumOfSquares(arrays: readonly Float32Array[]): number;
  /** Whether no entry is NaN or infinite. */
  allFinite(x: Float32Array): boolean;
}
