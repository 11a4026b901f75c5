import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, randomFloats, unwritten } from './testing.js';

const sizes = fc.tuple(fc.nat({ max: 40 }), fc.constantFrom(1, 3, 16, 33, 128), fc.constantFrom(0.1, 1e-10), fc.nat());

function compareAll(rows: number, channels: number, epsilon: number, seed: number, scale = 1): void {
  const x = randomFloats(rows * channels, seed, scale);
  if (rows > 2) x.fill(0, channels, 2 * channels); // a row of zeros has gradient 0
  const [dy, weight] = [randomFloats(x.length, seed + 1), randomFloats(channels, seed + 2)];
  const tolerance = { relative: 1e-5, absolute: 1e-5 };
  compareWithReference((kernels, y) => kernels.l2Normalize(x, weight, epsilon, y), [unwritten(x.length)], tolerance);
  compareWithReference(
    (kernels, dx, dweight) => {
      kernels.l2NormalizeGradient(x, weight, epsilon, dy, dx, dweight);
      for (let i = 0; i < dx.length; i++) dx[i] *= scale; // to the size of the other values
    },
    [unwritten(x.length), unwritten(channels)],
    // A gradient has the size of 1 / norm, and what is left of it when its parts cancel is rounding of that size.
    { relative: 1e-4, absolute: 1e-5 / Math.min(1, smallestNorm(x, channels) / scale) },
  );
}

/** Smallest norm of a row that is not all zeros; 1 if there is none. */
function smallestNorm(x: Float32Array, channels: number): number {
  const norms = Array.from({ length: x.length / channels }, (_, r) =>
    Math.hypot(...x.subarray(r * channels, (r + 1) * channels)),
  ).filter((norm) => norm > 0);
  return norms.length === 0 ? 1 : Math.min(...norms);
}

describe.skipIf(!nativeReport().available)('normalization by the L2 norm', () => {
  test('equals the reference', () => {
    fc.assert(
      fc.property(sizes, ([rows, channels, epsilon, seed]) => compareAll(rows, channels, epsilon, seed)),
      { numRuns: 20 },
    );
    compareAll(700, 65, 1e-10, 1);
  });

  test.each([1e-25, 1e25])('norms do not under- or overflow at values around %f', (scale) => {
    compareAll(5, 33, 0, 1, scale);
  });

  test('sizes are checked', () => {
    const kernels = loadNative();
    const run = (channels: number, epsilon = 1, y = 6) =>
      kernels.l2Normalize(new Float32Array(6), new Float32Array(channels), epsilon, new Float32Array(y));
    expect(() => run(4)).toThrow(/as many channels as weight has, 4, got length 6/);
    expect(() => run(0)).toThrow(/whole rows/);
    expect(() => run(3, -1)).toThrow(/epsilon must be 0 or more/);
    expect(() => run(3, 1, 5)).toThrow(/y must have length 6/);
  });
});
