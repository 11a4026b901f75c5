import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadNative, nativeReport } from '../load.js';
import type { PoolGeometry } from './pool.js';
import { compareWithReference, innerProduct, randomFloats, randomInts, unwritten, withEverySet } from './testing.js';

const small = fc.integer({ min: 1, max: 4 });

/** One axis: window, stride and padding in front, as many windows as hold a cell. */
const axis = fc.tuple(fc.integer({ min: 1, max: 9 }), small, small, fc.nat()).map(([size, window, stride, seed]) => {
  const pad = seed % window;
  const most = Math.floor((size - 1 + pad) / stride) + 1;
  return { size, window, stride, pad, out: 1 + ((seed >>> 8) % most) };
});

const geometry = fc
  .tuple(fc.integer({ min: 0, max: 5 }), axis, axis, fc.constantFrom(1, 3, 16, 31, 65, 130))
  .map(([batch, y, x, channels]): PoolGeometry => {
    return {
      batch,
      channels,
      inHeight: y.size,
      inWidth: x.size,
      outHeight: y.out,
      outWidth: x.out,
      windowHeight: y.window,
      windowWidth: x.window,
      strideHeight: y.stride,
      strideWidth: x.stride,
      padTop: y.pad,
      padLeft: x.pad,
    };
  });

const inputSize = (g: PoolGeometry) => g.batch * g.inHeight * g.inWidth * g.channels;
const outputSize = (g: PoolGeometry) => g.batch * g.outHeight * g.outWidth * g.channels;
const tolerance = { relative: 1e-5, absolute: 1e-5 };

function compareAll(g: PoolGeometry, x: Float32Array): void {
  const dy = randomFloats(outputSize(g), 2);
  compareWithReference((kernels, y) => kernels.maxPool(g, x, y), [unwritten(dy.length)]);
  const [, positions] = compareWithReference((kernels, y, where) => kernels.maxPoolPositions(g, x, y, where), [
    unwritten(dy.length),
    new Uint8Array(dy.length).fill(255),
  ] as const);
  compareWithReference((kernels, dx) => kernels.maxPoolScatter(g, dy, positions, dx), [unwritten(x.length)], tolerance);
  compareWithReference((kernels, y) => kernels.avgPool(g, x, y), [unwritten(dy.length)], tolerance);
  compareWithReference((kernels, dx) => kernels.maxPoolGradient(g, dy, x, dx), [unwritten(x.length)], tolerance);
  compareWithReference((kernels, dx) => kernels.avgPoolGradient(g, dy, dx), [unwritten(x.length)], tolerance);
}

const stem: PoolGeometry = {
  batch: 3,
  inHeight: 40,
  inWidth: 37,
  channels: 65,
  outHeight: 20,
  outWidth: 19,
  windowHeight: 3,
  windowWidth: 3,
  strideHeight: 2,
  strideWidth: 2,
  padTop: 1,
  padLeft: 1,
};

describe.skipIf(!nativeReport().available)('pooling', () => {
  test('any window, stride and padding equals the reference', () => {
    fc.assert(
      // Few different values, so that windows have several largest cells.
      fc.property(geometry, fc.nat(), (g, seed) =>
        compareAll(g, Float32Array.from(randomInts(inputSize(g), seed, -2, 3))),
      ),
      { numRuns: 30 },
    );
  });

  test('large images are spread over threads', () => {
    compareAll(stem, randomFloats(inputSize(stem), 1));
  });

  test('NaN reaches the output and takes the gradient; -Infinity alone keeps it', () => {
    const g: PoolGeometry = { ...stem, batch: 1, inHeight: 2, inWidth: 2, channels: 1, outHeight: 1, outWidth: 1 };
    withEverySet((kernels) => {
      const x = Float32Array.of(1, Number.NaN, 5, 2);
      const [y, dx] = [new Float32Array(1), new Float32Array(4)];
      kernels.maxPool(g, x, y);
      kernels.maxPoolGradient(g, Float32Array.of(2), x, dx);
      expect([y[0], ...dx]).toEqual([Number.NaN, 0, 2, 0, 0]);
      const where = new Uint8Array(1);
      kernels.maxPoolPositions(g, x, y, where);
      expect([y[0], where[0]]).toEqual([Number.NaN, 1]);
      x.fill(Number.NEGATIVE_INFINITY);
      kernels.maxPool(g, x, y);
      kernels.maxPoolGradient(g, Float32Array.of(2), x, dx);
      expect([y[0], ...dx]).toEqual([Number.NEGATIVE_INFINITY, 2, 0, 0, 0]);
      kernels.maxPoolPositions(g, x, y, where);
      expect([y[0], where[0]]).toEqual([Number.NEGATIVE_INFINITY, 0]);
    });
  });

  test('the gradient of the mean is its adjoint; that of the maximum agrees with finite differences', () => {
    const kernels = loadNative();
    const g = { ...stem, batch: 1, inHeight: 7, inWidth: 5, channels: 3, outHeight: 4, outWidth: 3 };
    const [x, direction] = [randomFloats(inputSize(g), 1), randomFloats(inputSize(g), 2)];
    const [y, dy, dx] = [new Float32Array(outputSize(g)), randomFloats(outputSize(g), 3), new Float32Array(x.length)];
    kernels.avgPool(g, x, y);
    kernels.avgPoolGradient(g, dy, dx);
    expect(innerProduct(y, dy)).toBeCloseTo(innerProduct(x, dx), 4);
    const step = 1e-4;
    const moved = (sign: number) => {
      const out = new Float32Array(y.length);
      kernels.maxPool(
        g,
        x.map((value, i) => value + sign * step * direction[i]),
        out,
      );
      return innerProduct(out, dy);
    };
    kernels.maxPoolGradient(g, dy, x, dx);
    // Piecewise linear: the difference is exact but for float32 rounding, 1e-7 / step per term.
    expect(Math.abs((moved(1) - moved(-1)) / (2 * step) - innerProduct(dx, direction))).toBeLessThan(2e-2);
  });

  test('geometry and sizes are checked', () => {
    const kernels = loadNative();
    const g = { ...stem, batch: 1, inHeight: 4, inWidth: 4, channels: 1, outHeight: 2, outWidth: 2 };
    const run = (change: Partial<PoolGeometry>, size = 16, outputs = 4) =>
      kernels.maxPool({ ...g, ...change }, new Float32Array(size), new Float32Array(outputs));
    run({});
    expect(() => run({ padTop: 3 })).toThrow(/hold a cell along the height/);
    expect(() => run({ outWidth: 4 }, 16, 8)).toThrow(/hold a cell along the width/);
    expect(() => run({ inHeight: 0 }, 0)).toThrow(/hold a cell/);
    expect(() => run({}, 15)).toThrow(/x must have length 16, got 15/);
    expect(() => run({}, 16, 5)).toThrow(/y must have length 4, got 5/);
    expect(() => run({ strideWidth: 0 })).toThrow(/strideWidth/);
    expect(() => run({ batch: 1.5 })).toThrow(/batch must be an integer/);
    const wide = { ...g, windowHeight: 16, windowWidth: 16, outHeight: 1, outWidth: 1 };
    expect(() => kernels.maxPoolPositions(wide, new Float32Array(16), new Float32Array(1), new Uint8Array(1))).toThrow(
      /at most 255 cells, got 16 x 16/,
    );
    expect(() => kernels.maxPoolPositions(g, new Float32Array(16), new Float32Array(4), new Uint8Array(3))).toThrow(
      /positions must have length 4, got 3/,
    );
    expect(() => kernels.maxPoolScatter(g, new Float32Array(4), new Uint8Array(5), new Float32Array(16))).toThrow(
      /positions must have length 4, got 5/,
    );
  });
});
