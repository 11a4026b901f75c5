import { expect } from 'vitest';

/** The golden README's suggestion for everything but gradients through batch norm: |a - b| <= 2e-5 * (1 + |b|). */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 2e-5,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let worst = 0;
  let at = -1;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i]));
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
  }
  expect(worst, `${what}[${at}]: got ${actual[at]}, expected ${expected[at]}`).toBeLessThanOrEqual(tolerance);
}

/** The same measured against the largest value: for gradients, which may be small throughout. */
export function expectCloseToScale(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 2e-5,
): void {
  const scale = Array.from(expected).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) || 1;
  const scaled = (values: ArrayLike<number>) => Float64Array.from(values, (x) => x / scale);
  expectClose(scaled(actual), scaled(expected), what, tolerance);
}
