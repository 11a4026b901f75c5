import type { Conv2dGeometry } from '../geometry.js';
import type { OutputTransform, PreparedFilter } from '../transform.js';

/** Sizes of a batched matrix product `c[i] = a[i] b[i]`; a batch of 1 is used for every i. */
export interface MatMulShape {
  readonly batchA: number;
  readonly batchB: number;
  /** Rows of c. */
  readonly rows: number;
  /** Columns of c. */
  readonly columns: number;
  /** Length of the sums. */
  readonly depth: number;
}

/** Float convolutions and matrix products. All arrays are dense and row-major; outputs are overwritten completely. */
export interface ConvKernels {
  /**
   * `y = conv(x, filter)`.
   * @param x `[N, H, W, C]`
   * @param filter `[kh, kw, C / groups, O]`
   * @param y result, `[N, H', W', O]`
   */
  conv2d(x: Float32Array, filter: Float32Array, y: Float32Array, geometry: Conv2dGeometry): void;

  /** Lays a filter `[kh, kw, C / groups, O]` out for {@link conv2dFused}. It serves every geometry with the same filter shape and groups. */
  prepareConvFilter(filter: Float32Array, geometry: Conv2dGeometry): PreparedFilter;

  /**
   * As {@link conv2d}, with bias (`offset`), activation and residual added while the results are in registers. Batch normalization belongs into the
   * filter and the offset.
   * @param filter `[kh, kw, C / groups, O]`, or what prepareConvFilter made of it
   */
  conv2dFused(
    x: Float32Array,
    filter: Float32Array | PreparedFilter,
    y: Float32Array,
    geometry: Conv2dGeometry,
    transform: OutputTransform,
  ): void;

  /**
   * Gradient of {@link conv2d} with respect to x.
   * @param dy `[N, H', W', O]`
   * @param filter `[kh, kw, C / groups, O]`
   * @param dx result, `[N, H, W, C]`
   */
  conv2dBackpropInput(dy: Float32Array, filter: Float32Array, dx: Float32Array, geometry: Conv2dGeometry): void;

  /**
   * Gradient of {@link conv2d} with respect to the filter.
   * @param x `[N, H, W, C]`
   * @param dy `[N, H', W', O]`
   * @param dfilter result, `[kh, kw, C / groups, O]`
   */
  conv2dBackpropFilter(x: Float32Array, dy: Float32Array, dfilter: Float32Array, geometry: Conv2dGeometry): void;

  /**
   * Batched matrix product.
   * @param a `[batchA, rows, depth]`, or `[batchA, depth, rows]` with transposeA
   * @param b `[batchB, depth, columns]`, or `[batchB, columns, depth]` with transposeB
   * @param c result, `[max(batchA, batchB), rows, columns]`
   */
  matMul(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    shape: MatMulShape,
    transposeA: boolean,
    transposeB: boolean,
  ): void;
}
