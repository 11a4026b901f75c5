import type { Conv2dGeometry, PadValue } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import { forEachTap } from './geometry-loops.js';
import { unpackBits } from './pack-bits.js';

/**
 * The definition of the binary convolution: the dot products of binarized activations and weights of ±1, as integers.
 *
 * @param x packed activations `[N, H, W, ceil(C / 32)]`
 * @param filter packed weights `[O, kh, kw, ceil((C / groups) / 32)]`, bit 1 = -1
 * @param padValue value of the activations outside the input
 * @param levels `'pm1'`: activation bit 1 = -1, bit 0 = +1; `'zero-one'`: activation bit 1 = 1, bit 0 = 0
 * @returns `[N, H', W', O]`
 */
export function binaryConv2d(
  x: Int32Array,
  filter: Int32Array,
  g: Conv2dGeometry,
  padValue: PadValue,
  levels: Levels = 'pm1',
): Int32Array<ArrayBuffer> {
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  const taps = g.kernelHeight * g.kernelWidth;
  const values = unpackBits(x, g.inChannels, levels);
  const weights = unpackBits(filter, groupIn); // [O, taps, C / groups]
  const y = new Int32Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  forEachTap(g, ({ input, tap, output, inside }) => {
    for (let o = 0; o < g.outChannels; o++) {
      const from = input + Math.floor(o / groupOut) * groupIn;
      const row = (o * taps + tap) * groupIn;
      let dot = 0;
      for (let c = 0; c < groupIn; c++) dot += (inside ? values[from + c] : padValue) * weights[row + c];
      y[output + o] += dot;
    }
  });
  return y;
}
