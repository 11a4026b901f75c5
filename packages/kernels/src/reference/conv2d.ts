import type { Conv2dGeometry } from '../geometry.js';
import { forEachTap } from './geometry-loops.js';

/** Sums run in float64: the reference is more exact than any kernel compared with it. */
function rounded(sums: Float64Array): Float32Array {
  return Float32Array.from(sums);
}

/** Calls `multiply(input, filter, output)` with the flat indices of every product of the convolution. */
function forEachProduct(g: Conv2dGeometry, multiply: (input: number, filter: number, output: number) => void): void {
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  forEachTap(g, ({ input, tap, output, inside }) => {
    if (!inside) return;
    for (let o = 0; o < g.outChannels; o++) {
      const group = Math.floor(o / groupOut);
      for (let c = 0; c < groupIn; c++) {
        multiply(input + group * groupIn + c, (tap * groupIn + c) * g.outChannels + o, output + o);
      }
    }
  });
}

/** Convolution of x `[N, H, W, C]` with filter `[kh, kw, C / groups, O]`; returns `[N, H', W', O]`. Padding contributes 0. */
export function conv2d(x: Float32Array, filter: Float32Array, g: Conv2dGeometry): Float32Array {
  const y = new Float64Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  forEachProduct(g, (i, f, o) => {
    y[o] += x[i] * filter[f];
  });
  return rounded(y);
}

/** Gradient of {@link conv2d} with respect to x, `[N, H, W, C]`, from dy `[N, H', W', O]`. */
export function conv2dBackpropInput(dy: Float32Array, filter: Float32Array, g: Conv2dGeometry): Float32Array {
  const dx = new Float64Array(g.batch * g.inHeight * g.inWidth * g.inChannels);
  forEachProduct(g, (i, f, o) => {
    dx[i] += dy[o] * filter[f];
  });
  return rounded(dx);
}

/** Gradient of {@link conv2d} with respect to the filter, `[kh, kw, C / groups, O]`, from dy `[N, H', W', O]`. */
export function conv2dBackpropFilter(x: Float32Array, dy: Float32Array, g: Conv2dGeometry): Float32Array {
  const groupIn = g.inChannels / g.groups;
  const dfilter = new Float64Array(g.kernelHeight * g.kernelWidth * groupIn * g.outChannels);
  forEachProduct(g, (i, f, o) => {
    dfilter[f] += x[i] * dy[o];
  });
  return rounded(dfilter);
}
