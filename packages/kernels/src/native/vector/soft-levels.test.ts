import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { softLevelsReference } from '../../reference/vector/soft-levels.js';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, randomFloats, unwritten } from './testing.js';

const length = fc.constantFrom(0, 1, 15, 255, 256, 257, 1003, 8193);
const interval = fc.record({
  lower: fc.double({ min: -2, max: 0.5, noNaN: true }),
  width: fc.double({ min: 0.1, max: 3, noNaN: true }),
  alpha: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
});

/** The gradient of alpha is a sum of terms of either sign, as large as width / (1 - alpha)^2: their float32 rounding grows with the root of their number. */
const roundingOfSums = (n: number, width: number, alpha: number) => (1e-7 * Math.sqrt(n) * width) / (1 - alpha) ** 2;

describe.skipIf(!nativeReport().available)('two trained levels', () => {
  test('equal the reference, levels and gradients', () => {
    fc.assert(
      fc.property(length, interval, fc.nat(), (n, { lower, width, alpha }, seed) => {
        const [low, high] = [Math.fround(lower), Math.fround(lower + width)];
        const [x, dy] = [randomFloats(n, seed), randomFloats(n, seed + 1)];
        compareWithReference((kernels, y) => kernels.softLevels(x, low, high, y), [unwritten(n)]);
        compareWithReference(
          (kernels, dx, dInterval) => kernels.softLevelsGradient(x, low, high, alpha, dy, dx, dInterval),
          [unwritten(n), unwritten(3)],
          { relative: 1e-5, absolute: 1e-4 + roundingOfSums(n, width, alpha) },
        );
      }),
      { numRuns: 30 },
    );
  });

  test('values that are no number take the lower level and pass nothing on', () => {
    const x = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.25);
    const dy = Float32Array.of(1, 2, 3, 4);
    const [y] = compareWithReference((kernels, out) => kernels.softLevels(x, -1, 1, out), [unwritten(4)]);
    expect(y).toEqual(Float32Array.of(-1, 1, -1, 1));
    const [dx, dInterval] = compareWithReference(
      (kernels, at, atInterval) => kernels.softLevelsGradient(x, -1, 1, 0.2, dy, at, atInterval),
      [unwritten(4), unwritten(3)],
      { relative: 1e-5 },
    );
    expect(dx.subarray(0, 3)).toEqual(new Float32Array(3));
    expect(dInterval.every(Number.isFinite)).toBe(true);
  });

  test('dx may be dy', () => {
    const [x, dy] = [randomFloats(700, 1), randomFloats(700, 2)];
    compareWithReference(
      (kernels, inPlace, at) => kernels.softLevelsGradient(x, -0.7, 0.9, 0.3, inPlace, inPlace, at),
      [dy, unwritten(3)],
      { relative: 1e-5, absolute: 1e-5 },
    );
  });

  test('the gradient of alpha is the derivative of what the curve gives', () => {
    const x = Float32Array.of(-0.4, 0.1, 0.6);
    const [lower, upper] = [-0.8, 0.9];
    const value = (alpha: number) => {
      const slope = Math.log(2 / alpha - 1) / (upper - lower);
      const curve = (t: number) => Math.tanh(slope * (t - (lower + upper) / 2)) / (1 - alpha);
      return x.reduce((sum, t) => sum + ((upper - lower) / 2) * curve(t), 0);
    };
    const found = new Float32Array(3);
    softLevelsReference.softLevelsGradient(x, lower, upper, 0.3, Float32Array.of(1, 1, 1), new Float32Array(3), found);
    expect(found[2]).toBeCloseTo((value(0.3 + 1e-5) - value(0.3 - 1e-5)) / 2e-5, 4);
  });

  test('sizes and the interval are checked', () => {
    const kernels = loadNative();
    const x = new Float32Array(4);
    expect(() => kernels.softLevels(x, 0, 1, new Float32Array(3))).toThrow(/y must have length 4/);
    expect(() => kernels.softLevels(x, 1, 1, x)).toThrow(/lower must be less than upper, got 1 and 1/);
    const gradient = (dy: number, dx: number, at: number, alpha = 0.5) =>
      kernels.softLevelsGradient(x, 0, 1, alpha, new Float32Array(dy), new Float32Array(dx), new Float32Array(at));
    expect(() => gradient(4, 4, 3, 1)).toThrow(/alpha must be between 0 and 1, got 1/);
    expect(() => gradient(3, 4, 3)).toThrow(/dy must have length 4/);
    expect(() => gradient(4, 5, 3)).toThrow(/dx must have length 4/);
    expect(() => gradient(4, 4, 2)).toThrow(/dInterval must have length 3/);
  });
});
