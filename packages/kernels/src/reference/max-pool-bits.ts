import { wordBits, wordsFor } from '../bits.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import { forEachTap } from './geometry-loops.js';

/** Max-pool of bits `[N, H, W, ceil(C / 32)]` into y `[N, H', W', ceil(C / 32)]`; cells outside are -1 (`pm1`) or 0. */
export function maxPoolBits(x: Int32Array, y: Int32Array, g: Conv2dGeometry, levels: Levels): void {
  const words = wordsFor(g.inChannels);
  for (let i = 0; i < y.length; i++) y[i] = levels === 'pm1' ? usedBits(g.inChannels, i % words) : 0;
  forEachTap(g, ({ pixel, output, inside }) => {
    if (!inside) return;
    const to = (output / g.outChannels) * words;
    for (let w = 0; w < words; w++) {
      if (levels === 'pm1') y[to + w] &= x[pixel * words + w];
      else y[to + w] |= x[pixel * words + w];
    }
  });
}

/** A word with ones where `word` of a pixel holds channels. */
function usedBits(channels: number, word: number): number {
  const used = channels - word * wordBits;
  return used >= wordBits ? -1 : (1 << used) - 1;
}
