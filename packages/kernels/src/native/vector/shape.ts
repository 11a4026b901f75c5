import type { Shape, TensorArray } from './elementwise.js';

/** Kernels that move values without changing them. Source and destination are of one type and must not overlap; at most 6 dimensions. */
export interface ShapeKernels {
  /** y[i] = x[...] with dimension k of y being dimension `permutation[k]` of x. */
  transpose<T extends TensorArray>(x: T, shape: Shape, permutation: readonly number[], y: T): void;
  /** y repeats x `repeats[k]` times along dimension k. */
  tile<T extends TensorArray>(x: T, shape: Shape, repeats: readonly number[], y: T): void;
  /** y is x with `before[k]` and `after[k]` entries of `value` around dimension k. */
  pad<T extends TensorArray>(
    x: T,
    shape: Shape,
    before: readonly number[],
    after: readonly number[],
    value: number,
    y: T,
  ): void;
  /** y [size] = x[begin : begin + size] */
  slice<T extends TensorArray>(x: T, shape: Shape, begin: readonly number[], size: Shape, y: T): void;
  /** y[i] = x[begin + i · strides], y of shape `size`; strides may be negative (a reversed dimension: begin = n - 1, stride -1), not 0. */
  stridedSlice<T extends TensorArray>(
    x: T,
    shape: Shape,
    begin: readonly number[],
    strides: readonly number[],
    size: Shape,
    y: T,
  ): void;
  /** The inputs one after the other: each is [outer, widths[i]], y is [outer, sum of widths]. A width is the product of the dimensions from the axis on. */
  concat<T extends TensorArray>(inputs: readonly T[], outer: number, widths: readonly number[], y: T): void;
  /** y [outer, indices.length, inner] = x[:, indices, :] with x [outer, rows, inner]; an index outside [0, rows) throws. */
  gather<T extends TensorArray>(x: T, outer: number, rows: number, inner: number, indices: Int32Array, y: T): void;
  /** y [segments, inner] = sums of the rows of x [ids.length, inner] by id; ids outside [0, segments) are left out. Adds in the order of the rows. */
  unsortedSegmentSum(x: Float32Array, ids: Int32Array, segments: number, inner: number, y: Float32Array): void;
  /** y [indices.length, depth] = on at the index, off elsewhere; an index outside [0, depth) gives a row of off. */
  oneHot(indices: Int32Array, depth: number, on: number, off: number, y: TensorArray): void;
}
