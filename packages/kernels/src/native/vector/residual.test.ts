import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry } from '../../geometry.js';
import { windowAt } from '../../reference/vector/residual.js';
import { loadNative, nativeReport } from '../load.js';
import type { VectorKernels } from '../vector.js';
import { compareWithReference, randomFloats, unwritten } from './testing.js';

const cases = fc.record({
  height: fc.integer({ min: 5, max: 8 }),
  width: fc.integer({ min: 5, max: 7 }),
  channels: fc.constantFrom(1, 3, 17, 33),
  kernel: fc.constantFrom<[number, number]>([1, 1], [3, 3], [3, 1], [2, 3]),
  strides: fc.integer({ min: 1, max: 3 }),
  dilations: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom<'same' | number>('same', 0, 1, 3),
  orders: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(),
});

type Call = (kernels: VectorKernels, y: Float32Array) => void;

/** Sums of up to 6 · 33 terms of size 1 in single precision. */
const tolerance = { relative: 1e-5, absolute: 1e-5 };

function allWindows(g: Conv2dGeometry, x: Float32Array): number[] {
  const pixels = g.batch * g.outHeight * g.outWidth;
  return Array.from({ length: pixels }, (_, p) => {
    const row = Math.floor(p / g.outWidth);
    return windowAt(g, x, Math.floor(row / g.outHeight), row % g.outHeight, p % g.outWidth);
  }).flat();
}

describe.skipIf(!nativeReport().available)('residual quantization of windows', () => {
  test('equals the reference at every stride, dilation, padding and odd size', () => {
    fc.assert(
      fc.property(cases, ({ height, width, channels, kernel, orders, seed, ...options }) => {
        const geometry = conv2dGeometry([2, height, width, channels], [...kernel, channels, 1], options);
        const x = randomFloats(2 * height * width * channels, seed);
        const size = 2 * geometry.outHeight * geometry.outWidth * kernel[0] * kernel[1] * channels;
        const windows = allWindows(geometry, x);
        // Windows over the border hold equal values, so residuals may vanish exactly: rounding then decides the sign, which
        // mirrors the entry about its value and changes nothing else. The distance to the value is what is defined.
        const distances: Call = (kernels, y) => {
          kernels.residualWindows(geometry, x, orders, y);
          y.forEach((value, i) => {
            y[i] = Math.abs(value - windows[i]);
          });
        };
        const signed: Call = (kernels, y) => kernels.residualWindows(geometry, x, orders, y);
        compareWithReference(options.padding === 0 ? signed : distances, [unwritten(size)], tolerance);
      }),
      { numRuns: 40 },
    );
  });

  test('sizes are checked', () => {
    const kernels = loadNative();
    const geometry = conv2dGeometry([1, 4, 4, 2], [3, 3, 2, 1]);
    const run = (x: number, y: number, orders = 2) =>
      kernels.residualWindows(geometry, new Float32Array(x), orders, new Float32Array(y));
    run(32, 288);
    expect(() => run(31, 288)).toThrow(/x must have length 32/);
    expect(() => run(32, 287)).toThrow(/y must have length 288/);
    expect(() => run(32, 288, 0)).toThrow(/orders/);
    expect(() => run(32, 288, 17)).toThrow(/orders/);
    const wide = { ...conv2dGeometry([0, 4096, 4096, 1], [4096, 4096, 1, 1], { padding: 0 }), batch: 1 };
    const huge = { ...wide, padTop: 4095, padLeft: 4095, outHeight: 4096 * 2 - 4096, outWidth: 4096 };
    expect(() => kernels.residualWindows(huge, new Float32Array(4096 * 4096), 1, new Float32Array(1))).toThrow(/2\^40/);
  });
});
