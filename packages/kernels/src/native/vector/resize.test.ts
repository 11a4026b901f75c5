import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadNative, nativeReport } from '../load.js';
import type { ResizeGeometry, ResizeMode } from './resize.js';
import { compareWithReference, innerProduct, randomFloats, unwritten, withEverySet } from './testing.js';

const modes: ResizeMode[] = ['half-pixel', 'align-corners', 'asymmetric'];
const size = fc.integer({ min: 1, max: 12 });
const geometry = fc.tuple(fc.integer({ min: 0, max: 3 }), size, size, fc.constantFrom(1, 3, 21, 65), size, size).map(
  ([batch, inHeight, inWidth, channels, outHeight, outWidth]): ResizeGeometry => ({
    batch,
    inHeight,
    inWidth,
    channels,
    outHeight,
    outWidth,
  }),
);

const inputSize = (g: ResizeGeometry) => g.batch * g.inHeight * g.inWidth * g.channels;
const outputSize = (g: ResizeGeometry) => g.batch * g.outHeight * g.outWidth * g.channels;
const tolerance = { relative: 1e-5, absolute: 1e-5 };

function compareAll(g: ResizeGeometry, mode: ResizeMode): void {
  const [x, dy] = [randomFloats(inputSize(g), 1), randomFloats(outputSize(g), 2)];
  compareWithReference((kernels, y) => kernels.resizeBilinear(g, mode, x, y), [unwritten(dy.length)], tolerance);
  compareWithReference(
    (kernels, dx) => kernels.resizeBilinearGradient(g, mode, dy, dx),
    [unwritten(x.length)],
    tolerance,
  );
}

describe.skipIf(!nativeReport().available)('bilinear resize', () => {
  test.each(modes)('%s equals the reference', (mode) => {
    fc.assert(
      fc.property(geometry, (g) => compareAll(g, mode)),
      { numRuns: 20 },
    );
  });

  test.each(modes)('%s of large maps is spread over threads', (mode) => {
    compareAll({ batch: 1, inHeight: 17, inWidth: 23, channels: 21, outHeight: 65, outWidth: 90 }, mode);
  });

  test.each(modes)('the gradient of %s is the adjoint', (mode) => {
    const kernels = loadNative();
    const g = { batch: 2, inHeight: 5, inWidth: 9, channels: 3, outHeight: 8, outWidth: 4 };
    const [x, dy] = [randomFloats(inputSize(g), 1), randomFloats(outputSize(g), 2)];
    const [y, dx] = [unwritten(dy.length), unwritten(x.length)];
    kernels.resizeBilinear(g, mode, x, y);
    kernels.resizeBilinearGradient(g, mode, dy, dx);
    expect(innerProduct(y, dy)).toBeCloseTo(innerProduct(x, dx), 4);
  });

  test('known values: 2 to 4 cells', () => {
    const g = { batch: 1, inHeight: 1, inWidth: 2, channels: 1, outHeight: 1, outWidth: 4 };
    const expected: Record<ResizeMode, number[]> = {
      'half-pixel': [0, 3, 9, 12],
      'align-corners': [0, 4, 8, 12],
      asymmetric: [0, 6, 12, 12],
    };
    withEverySet((kernels) => {
      for (const mode of modes) {
        const y = new Float32Array(4);
        kernels.resizeBilinear(g, mode, Float32Array.of(0, 12), y);
        expect([...y].map((value) => Math.round(value * 1e4) / 1e4)).toEqual(expected[mode]);
      }
    });
  });

  test('mode and sizes are checked', () => {
    const kernels = loadNative();
    const g = { batch: 1, inHeight: 2, inWidth: 2, channels: 1, outHeight: 3, outWidth: 3 };
    const run = (change: Partial<ResizeGeometry>, mode: string, inputs = 4, outputs = 9) =>
      kernels.resizeBilinear(
        { ...g, ...change },
        mode as ResizeMode,
        new Float32Array(inputs),
        new Float32Array(outputs),
      );
    run({}, 'half-pixel');
    expect(() => run({}, 'nearest')).toThrow(/one of half-pixel, align-corners, asymmetric, got nearest/);
    expect(() => run({ inHeight: 0 }, 'half-pixel', 0)).toThrow(/inHeight/);
    expect(() => run({}, 'half-pixel', 5)).toThrow(/x must have length 4, got 5/);
    expect(() => run({}, 'half-pixel', 4, 8)).toThrow(/y must have length 9, got 8/);
  });
});
