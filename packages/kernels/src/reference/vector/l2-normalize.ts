import type { L2NormalizeKernels } from '../../native/vector/l2-normalize.js';

const dot = (a: Float32Array, b: ArrayLike<number>) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Plain loops: the definition of {@link L2NormalizeKernels}. Arguments are not checked. */
export const l2NormalizeReference: L2NormalizeKernels = {
  l2Normalize(x, weight, epsilon, y) {
    for (let at = 0; at < x.length; at += weight.length) {
      const row = x.subarray(at, at + weight.length);
      const length = Math.sqrt(dot(row, row));
      row.forEach((value, c) => {
        y[at + c] = (weight[c] * value) / (length + epsilon);
      });
    }
  },
  l2NormalizeGradient(x, weight, epsilon, dy, dx, dweight) {
    const sums = new Float64Array(weight.length);
    for (let at = 0; at < x.length; at += weight.length) {
      const row = x.subarray(at, at + weight.length);
      const length = Math.sqrt(dot(row, row));
      const g = weight.map((value, c) => dy[at + c] * value);
      const d = length + epsilon;
      const along = dot(row, g) / d;
      row.forEach((value, c) => {
        dx[at + c] = length === 0 ? 0 : g[c] / d - ((value / length) * along) / d;
        sums[c] += length === 0 ? 0 : (dy[at + c] * value) / d;
      });
    }
    dweight.set(sums);
  },
};
