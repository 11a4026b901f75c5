import type { Conv2dGeometry, PadValue } from '../geometry.js';
import type { BitKernels } from '../transform.js';

/** The two values of a binarized activation: -1 and +1 (sign), or 0 and 1 (`x > 0`). Weights are always ±1. */
export type Levels = 'pm1' | 'zero-one';

/** Binary convolutions and matrix products. Outputs are overwritten completely. */
export interface BinaryKernels extends Pick<BitKernels, 'binaryConv2dSum' | 'prepareFilter' | 'binaryMatMul'> {
  /**
   * Binary convolution of packed operands, exact for every channel count.
   * @param x `[N, H, W, ceil(C / 32)]`, bits as `packBits` writes them for `levels`
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
