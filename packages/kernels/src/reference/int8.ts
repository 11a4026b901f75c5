import type { Conv2dGeometry } from '../geometry.js';
import type { Int8Addition, Int8Kernels, Int8Output, Int8Term } from '../native/int8.js';
import type { OutputTransform } from '../transform.js';
import { forEachTap } from './geometry-loops.js';
import { quantized, writeOutput } from './output-transform.js';

const { fround } = Math;

function dotProducts({ x, zeroPoint, filter }: Int8Term, g: Conv2dGeometry): Int32Array {
  // The reference prepares nothing: its panels are the weights.
  const weights = filter instanceof Int8Array ? filter : filter.panels;
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  const dots = new Int32Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  forEachTap(g, ({ input, tap, output, inside }) => {
    if (!inside) return;
    for (let o = 0; o < g.outChannels; o++) {
      const first = input + Math.floor(o / groupOut) * groupIn;
      for (let c = 0; c < groupIn; c++) {
        dots[output + o] += (x[first + c] - zeroPoint) * weights[(tap * groupIn + c) * g.outChannels + o];
      }
    }
  });
  return dots;
}

function conv2dInt8(term: Int8Term, g: Conv2dGeometry, transform: OutputTransform, output: Int8Output): void {
  writeOutput([{ dots: dotProducts(term, g), scale: term.scale }], g.outChannels, transform, output);
}

function maxPoolInt8(x: Int8Array, y: Int8Array, g: Conv2dGeometry): void {
  y.fill(-128);
  forEachTap(g, ({ input, output, inside }) => {
    if (!inside) return;
    for (let c = 0; c < g.inChannels; c++) y[output + c] = Math.max(y[output + c], x[input + c]);
  });
}

function addInt8(a: Int8Array, b: Int8Array, y: Int8Array, q: Int8Addition): void {
  const [stepA, stepB] = [fround(q.stepA), fround(q.stepB)];
  for (let i = 0; i < y.length; i++) {
    const sum = fround(fround((a[i] - q.zeroPointA) * stepA) + fround((b[i] - q.zeroPointB) * stepB));
    y[i] = quantized(sum, q.inverseStep, q.zeroPoint);
  }
}

/** The definition of {@link Int8Kernels}: plain loops. Arguments are not checked. */
export const referenceInt8Kernels: Int8Kernels = {
  prepareInt8Filter: (filter, g) => ({
    kernelSet: 'reference',
    shape: [g.outChannels, g.kernelHeight, g.kernelWidth, g.inChannels / g.groups],
    groups: g.groups,
    panels: Int32Array.from(filter),
  }),
  conv2dInt8,
  quantizeInt8: (x, y, inverseStep, zeroPoint) => {
    for (let i = 0; i < y.length; i++) y[i] = quantized(x[i], inverseStep, zeroPoint);
  },
  dequantizeInt8: (x, y, step, zeroPoint) => {
    for (let i = 0; i < y.length; i++) y[i] = (x[i] - zeroPoint) * fround(step);
  },
  maxPoolInt8,
  addInt8,
};
