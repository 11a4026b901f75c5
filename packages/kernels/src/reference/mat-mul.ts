import type { MatMulShape } from '../native/conv.js';

/** Batched matrix product `[max(batchA, batchB), rows, columns]`; see {@link MatMulShape} for the operands. Sums run in float64. */
export function matMul(
  a: Float32Array,
  b: Float32Array,
  { batchA, batchB, rows, columns, depth }: MatMulShape,
  transposeA = false,
  transposeB = false,
): Float32Array {
  const batch = batchA === 0 || batchB === 0 ? 0 : Math.max(batchA, batchB);
  const c = new Float32Array(batch * rows * columns);
  for (let n = 0; n < batch; n++) {
    const left = (batchA === 1 ? 0 : n) * rows * depth;
    const right = (batchB === 1 ? 0 : n) * depth * columns;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let p = 0; p < depth; p++) {
          sum +=
            a[left + (transposeA ? p * rows + i : i * depth + p)] *
            b[right + (transposeB ? j * depth + p : p * columns + j)];
        }
        c[(n * rows + i) * columns + j] = sum;
      }
    }
  }
  return c;
}
