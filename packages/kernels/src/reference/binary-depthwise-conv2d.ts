import { wordsFor } from '../bits.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { BinaryReading } from '../transform.js';
import { activationAt } from './binary-conv2d.js';
import { forEachTap } from './geometry-loops.js';
import { bitAt } from './pack-bits.js';

/** Dot products `[N, H', W', C]` of each channel with its own kernel; x `[N, H, W, ceil(C / 32)]`, filter `[kh, kw, ceil(C / 32)]`. */
export function binaryDepthwiseConv2d(
  x: Int32Array,
  filter: Int32Array,
  g: Conv2dGeometry,
  { padValue, levels }: BinaryReading,
): Int32Array {
  const channels = g.inChannels;
  const y = new Int32Array(g.batch * g.outHeight * g.outWidth * channels);
  forEachTap(g, ({ pixel, tap, output, inside }) => {
    for (let c = 0; c < channels; c++) {
      const weight = 1 - 2 * bitAt(filter, tap, wordsFor(channels), c);
      y[output + c] += weight * (inside ? activationAt(x, pixel, channels, c, levels) : padValue);
    }
  });
  return y;
}
