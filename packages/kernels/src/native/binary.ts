import type { Conv2dGeometry, PadValue } from '../geometry.js';

/** The two values of a binarized activation: -1 and +1 (sign), or 0 and 1 (`x > 0`). Weights are always ±1. */
export type Levels = 'pm1' | 'zero-one';

/** Kernels over packed bits. Outputs are overwritten completely. */
export interface BinaryKernels {
  /**
   * Packs `[pixels, channels]` floats into `[pixels, ceil(channels / 32)]` words. `'pm1'`: bit 1 where `!(x >= 0)`, so -0 gives 0 and NaN gives 1;
   * `'zero-one'`: bit 1 where `x > 0`. Tail bits are 0.
   */
  packBits(x: Float32Array, words: Int32Array, channels: number, levels: Levels): void;

  /** Inverse of packBits: ±1, or 0 and 1. */
  unpackBits(words: Int32Array, x: Float32Array, channels: number, levels: Levels): void;

  /** Packs the signs of `[kh, kw, I, O]` floats (taps = kh * kw) into `[O, kh, kw, ceil(I / 32)]` words. */
  packFilter(filter: Float32Array, words: Int32Array, taps: number, inChannels: number, outChannels: number): void;

  /**
   * Binary convolution of packed operands, exact for every channel count.
   * @param x `[N, H, W, ceil(C / 32)]`, bits as packBits writes them for `levels`
   * @param filter `[O, kh, kw, ceil((C / groups) / 32)]`, bit 1 = -1
   * @param y result: dot products, `[N, H', W', O]`
   * @param padValue value of the activations outside the input
   */
  binaryConv2d(
    x: Int32Array,
    filter: Int32Array,
    y: Int32Array,
    geometry: Conv2dGeometry,
    padValue: PadValue,
    levels: Levels,
  ): void;

  /**
   * The forward pass of a binary layer in training: binarizes and packs x `[N, H, W, C]` and filter `[kh, kw, C / groups, O]`, then
   * `y = scale * dot`, `[N, H', W', O]`, where dot is what {@link binaryConv2d} gives. `scale` holds one factor per output channel; null means 1.
   */
  binaryConv2dFloat(
    x: Float32Array,
    filter: Float32Array,
    scale: Float32Array | null,
    y: Float32Array,
    geometry: Conv2dGeometry,
    padValue: PadValue,
    levels: Levels,
  ): void;
}
