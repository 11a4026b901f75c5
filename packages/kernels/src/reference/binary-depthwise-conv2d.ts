import type { Conv2dGeometry } from '../geometry.js';
import type { BinaryReading } from '../transform.js';
import { forEachTap } from './geometry-loops.js';
import { unpackBits } from './pack-bits.js';

/** Dot products `[N, H', W', C]` of each channel with its own kernel; x `[N, H, W, ceil(C / 32)]`, filter `[kh, kw, ceil(C / 32)]`. */
export function binaryDepthwiseConv2d(
  x: Int32Array,
  filter: Int32Array,
  g: Conv2dGeometry,
  { padValue, levels }: BinaryReading,
): Int32Array {
  const channels = g.inChannels;
  const values = unpackBits(x, channels, levels);
  const weights = unpackBits(filter, channels); // [taps, C]
  const y = new Int32Array(g.batch * g.outHeight * g.outWidth * channels);
  forEachTap(g, ({ input, tap, output, inside }) => {
    for (let c = 0; c < channels; c++) {
      y[output + c] += (inside ? values[input + c] : padValue) * weights[tap * channels + c];
    }
  });
  return y;
}
