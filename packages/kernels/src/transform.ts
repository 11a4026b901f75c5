import type { Conv2dGeometry, PadValue } from './geometry.js';
import type { Levels } from './native/binary.js';

/**
 * Point-wise nonlinearity of the output transform, per output channel `[O]`.
 * - `prelu`: `v >= 0 ? v : slope * v`
 * - `rprelu` (ReActNet, eq. 6): `prelu(v - shiftIn) + shiftOut`
 * - `clip`: `low` where `v < low`, `high` where `v > high`, else v itself (NaN and -0 included)
 */
export type Activation =
  | { readonly kind: 'prelu'; readonly slope: Float32Array }
  | {
      readonly kind: 'rprelu';
      readonly shiftIn: Float32Array;
      readonly slope: Float32Array;
      readonly shiftOut: Float32Array;
    }
  | { readonly kind: 'clip'; readonly low: number; readonly high: number };

/**
 * What a binary convolution does with its dot products before it writes them, per output channel:
 * `v = sum over terms of scale * dot; v += offset; v += residual (if 'before'); v = activation(v); v += residual (if 'after')`.
 * Every multiplication and every addition rounds to float32 by itself (no fused multiply-add), so all implementations write the same bits. The sum
 * starts with the first term, in the order of the terms; what is absent is left out, not multiplied by 1 or added as 0 (which would turn -0 into 0).
 */
export interface OutputTransform {
  /** `[O]` */
  readonly offset?: Float32Array;
  readonly activation?: Activation;
  /** `[N, H', W', O]` */
  readonly residual?: { readonly values: Float32Array; readonly position: 'before' | 'after' };
}

/** A sign or step against a threshold per channel: batch normalization followed by a sign is one comparison. */
export interface Threshold {
  /** `[C]` */
  readonly values: Float32Array;
  /** `[C]`, 1 where the comparison is turned round (negative gain); absent means 0 everywhere. */
  readonly flip?: Uint8Array;
}

/**
 * Where the transformed values go.
 * - `dots`: the plain integers, one term without scale and no transform
 * - `float32`
 * - `int8`: `clamp(rint(v * inverseStep) + zeroPoint, -128, 127)`, ties to even, NaN gives -128
 * - `bits`: the next layer's packed activations. `pm1`: bit 1 where `!(v >= t)`, turned round `!(v <= t)`; `zero-one`: bit 1 where `v > t`, turned round
 *   `v < t`. Without a threshold t = 0.
 */
export type BinaryOutput =
  | { readonly type: 'dots'; readonly y: Int32Array }
  | { readonly type: 'float32'; readonly y: Float32Array }
  | { readonly type: 'int8'; readonly y: Int8Array; readonly inverseStep: number; readonly zeroPoint: number }
  | { readonly type: 'bits'; readonly y: Int32Array; readonly levels: Levels; readonly threshold?: Threshold };

/** A packed filter laid out for the kernels of one kernel set; made once, used for every picture. */
export interface PreparedFilter {
  readonly kernelSet: string;
  /** `[O, kh, kw, C / groups]` */
  readonly shape: readonly [number, number, number, number];
  readonly groups: number;
  /** In the layout of the kernel set; not to be read by others. */
  readonly panels: Int32Array;
}

/** One binary convolution of a sum of several (bases of ABC-Net, HORQ, Group-Net). All terms share the geometry. */
export interface BinaryTerm {
  /** Packed activations `[N, H, W, ceil(C / 32)]` */
  readonly x: Int32Array;
  /** Packed weights `[O, kh, kw, ceil((C / groups) / 32)]`, or what `prepareFilter` made of them. */
  readonly filter: Int32Array | PreparedFilter;
  /** `[O]`; null means 1. */
  readonly scale: Float32Array | null;
}

/** How the bits of a binary convolution are to be read. */
export interface BinaryReading {
  /** What a tap outside the input contributes. */
  readonly padValue: PadValue;
  /** `pm1`: activation bit 1 = -1, bit 0 = +1; `zero-one`: bit 1 = 1, bit 0 = 0. */
  readonly levels: Levels;
}

/**
 * The complete binary kernels. `reference` (plain loops) defines them, `native` and `wasm` implement them; integers, bits and, but for
 * {@link binaryConv2dBackpropInput} and {@link binaryConv2dBackpropFilter}, floats are equal to the bit on all of them.
 * Outputs are arrays of the caller and are overwritten completely.
 */
export interface BitKernels {
  /** Packs `[pixels, channels]` floats: bits as in the `bits` output of {@link BinaryOutput}. Tail bits are 0. */
  packBits(x: Float32Array, words: Int32Array, channels: number, levels: Levels, threshold?: Threshold): void;
  /** Inverse of packBits: ±1, or 0 and 1. */
  unpackBits(words: Int32Array, x: Float32Array, channels: number, levels: Levels): void;
  /** Packs the signs of `[kh, kw, I, O]` floats (taps = kh * kw) into `[O, kh, kw, ceil(I / 32)]` words. */
  packFilter(filter: Float32Array, words: Int32Array, taps: number, inChannels: number, outChannels: number): void;
  /** Lays a packed filter out for {@link binaryConv2dSum}. */
  prepareFilter(filter: Int32Array, geometry: Conv2dGeometry): PreparedFilter;
  /** Dot products of rows: `y[m, n] = dot(a[m], b[n])`; a `[M, ceil(K / 32)]`, b `[N, ceil(K / 32)]`, y `[M, N]`. */
  binaryMatMul(a: Int32Array, b: Int32Array, y: Int32Array, depth: number, levels: Levels): void;
  /** Sum of one or more binary convolutions, with the output transform; no intermediate tensors. */
  binaryConv2dSum(
    terms: readonly BinaryTerm[],
    geometry: Conv2dGeometry,
    reading: BinaryReading,
    transform: OutputTransform,
    output: BinaryOutput,
  ): void;
  /** Each channel with its own kernel: filter `[kh, kw, ceil(C / 32)]` words; geometry has groups = inChannels = outChannels. */
  binaryDepthwiseConv2d(
    term: BinaryTerm & { readonly filter: Int32Array },
    geometry: Conv2dGeometry,
    reading: BinaryReading,
    transform: OutputTransform,
    output: BinaryOutput,
  ): void;
  /**
   * Max-pool of bits `[N, H, W, ceil(C / 32)]`: AND of the window for `pm1`, OR for `zero-one`. Cells outside never win; a window that lies outside
   * as a whole gives -1 (or 0). geometry: inChannels = outChannels = channels, groups = 1.
   */
  maxPoolBits(x: Int32Array, y: Int32Array, geometry: Conv2dGeometry, levels: Levels): void;
  /** Packed estimator mask of `[pixels, channels]` floats: bit 1 where `|x| <= 1` (`clip`) or `|x| < 1` (`clip-open`); NaN gives 0. */
  packMask(x: Float32Array, words: Int32Array, channels: number, mask: SavedMask): void;
  /**
   * Gradient at the input of `y = scale * dot`: `dx = mask * sum over taps and o of dy * scale * sign(w)`, dy `[N, H', W', O]`, dx `[N, H, W, C]`.
   * @param filter packed `[O, kh, kw, ceil((C / groups) / 32)]`
   * @param mask from {@link packMask}, or null for 1
   */
  binaryConv2dBackpropInput(
    dy: Float32Array,
    filter: Int32Array,
    scale: Float32Array | null,
    mask: Int32Array | null,
    dx: Float32Array,
    geometry: Conv2dGeometry,
    precision: GradientPrecision,
  ): void;
  /**
   * Gradient at the binarized weights: `dw[kh, kw, c, o] = sum over pixels of value(x) * dy`, `[kh, kw, C / groups, O]`, where value(x) is what `reading`
   * says, outside taps included. The caller multiplies by the scale. The gradient of the scale is `sum over kh, kw, c of dw * sign(w)`.
   * @param x packed `[N, H, W, ceil(C / 32)]`, saved by the forward pass
   */
  binaryConv2dBackpropFilter(
    x: Int32Array,
    dy: Float32Array,
    dw: Float32Array,
    geometry: Conv2dGeometry,
    reading: BinaryReading,
    precision: GradientPrecision,
  ): void;
  /** `dScale[o] = sum over kh, kw, c of dw * sign(w)`; dw `[kh, kw, I, O]`, filter packed `[O, kh, kw, ceil(I / 32)]`. */
  binaryScaleGradient(
    dw: Float32Array,
    filter: Int32Array,
    dScale: Float32Array,
    taps: number,
    inChannels: number,
  ): void;
}

/** Estimators whose derivative is 0 or 1, so that the backward pass needs one bit per activation. */
export type SavedMask = 'clip' | 'clip-open';

/**
 * Operands of the gradients: float32, or bfloat16 with float32 sums: dy times the scale, where there is one, is rounded to the nearest, ties to even.
 * bf16 is an error on machines without AVX512-BF16.
 */
export type GradientPrecision = 'fp32' | 'bf16';
