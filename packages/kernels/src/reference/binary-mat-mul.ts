import { wordsFor } from '../bits.js';
import type { Levels } from '../native/binary.js';
import { activationAt } from './binary-conv2d.js';
import { bitAt } from './pack-bits.js';

/** Dot products of rows, `y[m, n] = dot(a[m], b[n])`; a `[M, ceil(K / 32)]` read as `levels` says, b `[N, ceil(K / 32)]` as ±1, y `[M, N]`. */
export function binaryMatMul(a: Int32Array, b: Int32Array, y: Int32Array, depth: number, levels: Levels): void {
  const words = wordsFor(depth);
  const columns = b.length / words;
  for (let m = 0; m < a.length / words; m++) {
    for (let n = 0; n < columns; n++) {
      let dot = 0;
      for (let k = 0; k < depth; k++) dot += activationAt(a, m, depth, k, levels) * (1 - 2 * bitAt(b, n, words, k));
      y[m * columns + n] = dot;
    }
  }
}
