import type { Conv2dGeometry } from '../geometry.js';
import type { BinaryOutput, OutputTransform, PreparedFilter } from '../transform.js';

/**
 * Operands of an int8 convolution. Activations stand for `(x - zeroPoint) * step`, weights for `filter * step[o]`; the product of the steps is
 * `scale[o]`.
 */
export interface Int8Term {
  /** `[N, H, W, C]` */
  readonly x: Int8Array;
  /** The activation that stands for 0, -128 to 127; taps outside the input have it. */
  readonly zeroPoint: number;
  /** `[kh, kw, C / groups, O]`, or what prepareInt8Filter made of it. */
  readonly filter: Int8Array | PreparedFilter;
  /** `[O]`; null means 1. Dot products (output `dots`) have neither scale nor transform. */
  readonly scale: Float32Array | null;
}

/** Where the results of an int8 convolution go, as those of a binary one. */
export type Int8Output = Exclude<BinaryOutput, { readonly type: 'bits' }>;

/** `y = clamp(rint(((a - zeroPointA) * stepA + (b - zeroPointB) * stepB) * inverseStep) + zeroPoint, -128, 127)` */
export interface Int8Addition {
  readonly stepA: number;
  readonly zeroPointA: number;
  readonly stepB: number;
  readonly zeroPointB: number;
  readonly inverseStep: number;
  readonly zeroPoint: number;
}

/**
 * Networks that stay in int8 between layers. Sums are exact 32-bit integers; floats round after every multiplication and every addition, so that
 * all implementations give the same bits. Zero points are integers from -128 to 127, steps are finite.
 */
export interface Int8Kernels {
  /** Lays a filter out for {@link conv2dInt8}; it serves every geometry with the same filter shape, groups and dilation. */
  prepareInt8Filter(filter: Int8Array, geometry: Conv2dGeometry): PreparedFilter;
  /**
   * `dot = sum of (x - zeroPoint) * filter`, then `v = scale * dot` and the output transform, as a binary convolution does with its dot products.
   * A dot product may have 65,536 terms: more could leave 32 bits.
   */
  conv2dInt8(term: Int8Term, geometry: Conv2dGeometry, transform: OutputTransform, output: Int8Output): void;
  /** `y = clamp(rint(x * inverseStep) + zeroPoint, -128, 127)`, ties to even, NaN gives -128. */
  quantizeInt8(x: Float32Array, y: Int8Array, inverseStep: number, zeroPoint: number): void;
  /** `y = (x - zeroPoint) * step` */
  dequantizeInt8(x: Int8Array, y: Float32Array, step: number, zeroPoint: number): void;
  /** Largest value of each window; cells outside never win, a window outside as a whole gives -128. geometry: inChannels = outChannels, groups = 1. */
  maxPoolInt8(x: Int8Array, y: Int8Array, geometry: Conv2dGeometry): void;
  /** Sum of two tensors of the same length in the steps of a third. */
  addInt8(a: Int8Array, b: Int8Array, y: Int8Array, quantization: Int8Addition): void;
}
