import type { PoolGeometry, PoolKernels } from '../../native/vector/pool.js';

/** For every output value its flat position and those of the window's cells inside the image, row by row. */
function forEachWindow(g: PoolGeometry, visit: (out: number, cells: readonly number[]) => void): void {
  let out = 0;
  for (let n = 0; n < g.batch; n++) {
    for (let oy = 0; oy < g.outHeight; oy++) {
      for (let ox = 0; ox < g.outWidth; ox++) {
        for (let c = 0; c < g.channels; c++) visit(out++, cellsOf(g, n, oy, ox, c));
      }
    }
  }
}

function cellsOf(g: PoolGeometry, n: number, oy: number, ox: number, c: number): number[] {
  const cells: number[] = [];
  for (let ky = 0; ky < g.windowHeight; ky++) {
    for (let kx = 0; kx < g.windowWidth; kx++) {
      const iy = oy * g.strideHeight - g.padTop + ky;
      const ix = ox * g.strideWidth - g.padLeft + kx;
      if (iy < 0 || iy >= g.inHeight || ix < 0 || ix >= g.inWidth) continue;
      cells.push(((n * g.inHeight + iy) * g.inWidth + ix) * g.channels + c);
    }
  }
  return cells;
}

/** The first largest of `cells`, or the last NaN. */
function largest(cells: readonly number[], x: Float32Array): number {
  let best = cells[0];
  for (const cell of cells) if (x[cell] > x[best] || Number.isNaN(x[cell])) best = cell;
  return best;
}

/** Plain loops: the definition of {@link PoolKernels}. Arguments are not checked. */
export const poolReference: PoolKernels = {
  maxPool(geometry, x, y) {
    forEachWindow(geometry, (out, cells) => {
      y[out] = Math.max(...cells.map((cell) => x[cell]));
    });
  },
  maxPoolPositions(geometry, x, y, positions) {
    forEachWindow(geometry, (out, cells) => {
      positions[out] = cells.indexOf(largest(cells, x));
      y[out] = x[cells[positions[out]]];
    });
  },
  maxPoolScatter(geometry, dy, positions, dx) {
    dx.fill(0);
    forEachWindow(geometry, (out, cells) => {
      if (positions[out] < cells.length) dx[cells[positions[out]]] += dy[out];
    });
  },
  maxPoolGradient(geometry, dy, x, dx) {
    dx.fill(0);
    forEachWindow(geometry, (out, cells) => {
      dx[largest(cells, x)] += dy[out];
    });
  },
  avgPool(geometry, x, y) {
    forEachWindow(geometry, (out, cells) => {
      y[out] = cells.reduce((sum, cell) => sum + x[cell], 0) / cells.length;
    });
  },
  avgPoolGradient(geometry, dy, dx) {
    dx.fill(0);
    forEachWindow(geometry, (out, cells) => {
      for (const cell of cells) dx[cell] += dy[out] / cells.length;
    });
  },
};
