import { wordsFor } from '../bits.js';
import type { Conv2dGeometry, PadValue } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import { forEachTap } from './geometry-loops.js';
import { bitAt } from './pack-bits.js';

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
  const y = new Int32Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  forEachTap(g, ({ pixel, tap, output, inside }) => {
    for (let o = 0; o < g.outChannels; o++) {
      const first = Math.floor(o / groupOut) * groupIn;
      for (let c = 0; c < groupIn; c++) {
        const weight = 1 - 2 * bitAt(filter, o * taps + tap, wordsFor(groupIn), c);
        y[output + o] += weight * (inside ? activationAt(x, pixel, g.inChannels, first + c, levels) : padValue);
      }
    }
  });
  return y;
}

/** What a bit of the activations stands for: -1, 0 or +1. */
export function activationAt(x: Int32Array, pixel: number, channels: number, channel: number, levels: Levels): number {
  const bit = bitAt(x, pixel, wordsFor(channels), channel);
  return levels === 'pm1' ? 1 - 2 * bit : bit;
}
