import type { Levels } from '../native/binary.js';
import { unpackBits } from './pack-bits.js';

/** Dot products of rows, `y[m, n] = dot(a[m], b[n])`; a `[M, ceil(K / 32)]` read as `levels` says, b `[N, ceil(K / 32)]` as ±1, y `[M, N]`. */
export function binaryMatMul(a: Int32Array, b: Int32Array, y: Int32Array, depth: number, levels: Levels): void {
  const left = unpackBits(a, depth, levels);
  const right = unpackBits(b, depth);
  const [rows, columns] = [left.length / depth, right.length / depth];
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      let dot = 0;
      for (let k = 0; k < depth; k++) dot += left[m * depth + k] * right[n * depth + k];
      y[m * columns + n] = dot;
    }
  }
}
