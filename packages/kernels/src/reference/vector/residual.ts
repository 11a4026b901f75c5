import type { Conv2dGeometry } from '../../geometry.js';
import type { ResidualKernels } from '../../native/vector/residual.js';

/** Plain loops: the definition of {@link ResidualKernels}. Arguments are not checked. */
export const residualReference: ResidualKernels = {
  residualWindows(g, x, orders, y) {
    const depth = g.kernelHeight * g.kernelWidth * g.inChannels;
    for (let p = 0; p < y.length / depth; p++) {
      const row = Math.floor(p / g.outWidth);
      const residual = windowAt(g, x, Math.floor(row / g.outHeight), row % g.outHeight, p % g.outWidth);
      y.fill(0, p * depth, (p + 1) * depth);
      for (let order = 0; order < orders; order++) {
        const beta = residual.reduce((sum, value) => sum + Math.abs(value), 0) / depth;
        residual.forEach((value, i) => {
          const part = value >= 0 ? beta : -beta;
          y[p * depth + i] += part;
          residual[i] -= part;
        });
      }
    }
  },
};

/** The window of one output pixel, in the order of a filter; cells outside the image are 0. */
export function windowAt(g: Conv2dGeometry, x: Float32Array, n: number, outRow: number, outColumn: number): number[] {
  const values: number[] = [];
  for (let i = 0; i < g.kernelHeight; i++) {
    for (let j = 0; j < g.kernelWidth; j++) {
      const row = outRow * g.strideHeight - g.padTop + i * g.dilationHeight;
      const column = outColumn * g.strideWidth - g.padLeft + j * g.dilationWidth;
      const inside = row >= 0 && row < g.inHeight && column >= 0 && column < g.inWidth;
      const at = ((n * g.inHeight + row) * g.inWidth + column) * g.inChannels;
      for (let c = 0; c < g.inChannels; c++) values.push(inside ? x[at + c] : 0);
    }
  }
  return values;
}
