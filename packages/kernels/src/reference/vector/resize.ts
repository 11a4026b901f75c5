import type { ResizeGeometry, ResizeKernels, ResizeMode } from '../../native/vector/resize.js';

interface Sample {
  readonly low: number;
  readonly high: number;
  /** Weight of `high`. */
  readonly weight: number;
}

function sampleAt(i: number, inSize: number, outSize: number, mode: ResizeMode): Sample {
  const positions: Record<ResizeMode, number> = {
    'half-pixel': ((i + 0.5) * inSize) / outSize - 0.5,
    'align-corners': outSize > 1 ? (i * (inSize - 1)) / (outSize - 1) : 0,
    asymmetric: (i * inSize) / outSize,
  };
  const position = Math.min(Math.max(positions[mode], 0), inSize - 1);
  const low = Math.floor(position);
  return { low, high: Math.min(low + 1, inSize - 1), weight: position - low };
}

/** For every output value the four positions it is interpolated from, with weights. */
function forEachTap(
  g: ResizeGeometry,
  mode: ResizeMode,
  visit: (out: number, cell: number, weight: number) => void,
): void {
  let out = 0;
  for (let n = 0; n < g.batch; n++) {
    for (let oy = 0; oy < g.outHeight; oy++) {
      const row = sampleAt(oy, g.inHeight, g.outHeight, mode);
      for (let ox = 0; ox < g.outWidth; ox++) {
        const column = sampleAt(ox, g.inWidth, g.outWidth, mode);
        for (let c = 0; c < g.channels; c++, out++) {
          const cell = (y: number, x: number) => ((n * g.inHeight + y) * g.inWidth + x) * g.channels + c;
          visit(out, cell(row.low, column.low), (1 - row.weight) * (1 - column.weight));
          visit(out, cell(row.low, column.high), (1 - row.weight) * column.weight);
          visit(out, cell(row.high, column.low), row.weight * (1 - column.weight));
          visit(out, cell(row.high, column.high), row.weight * column.weight);
        }
      }
    }
  }
}

/** Plain loops: the definition of {@link ResizeKernels}. Arguments are not checked. */
export const resizeReference: ResizeKernels = {
  resizeBilinear(geometry, mode, x, y) {
    const sums = new Float64Array(y.length);
    forEachTap(geometry, mode, (out, cell, weight) => {
      sums[out] += weight * x[cell];
    });
    y.set(sums);
  },
  resizeBilinearGradient(geometry, mode, dy, dx) {
    const sums = new Float64Array(dx.length);
    forEachTap(geometry, mode, (out, cell, weight) => {
      sums[cell] += weight * dy[out];
    });
    dx.set(sums);
  },
};
