import { wordsFor } from '../bits.js';
import type { Conv2dGeometry, PadValue } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import { forEachTap } from './geometry-loops.js';

const bitAt = (words: Int32Array, pixel: number, perPixel: number, channel: number) =>
  (words[pixel * perPixel + (channel >> 5)] >>> (channel & 31)) & 1;

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
): Int32Array {
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  const taps = g.kernelHeight * g.kernelWidth;
  const y = new Int32Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  forEachTap(g, ({ pixel, tap, output, inside }) => {
    for (let o = 0; o < g.outChannels; o++) {
      const first = Math.floor(o / groupOut) * groupIn;
      for (let c = 0; c < groupIn; c++) {
        const weight = 1 - 2 * bitAt(filter, o * taps + tap, wordsFor(groupIn), c);
        const bit = inside ? bitAt(x, pixel, wordsFor(g.inChannels), first + c) : 0;
        const activation = inside ? (levels === 'pm1' ? 1 - 2 * bit : bit) : padValue;
        y[output + o] += activation * weight;
      }
    }
  });
  return y;
}
