import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { leastSquares, shiftsOf } from './bases.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** What is left of `w` after the fit, projected on each base: 0 for a least squares fit. */
function leftOnBases(w: Float32Array, shifts: ArrayLike<number>, factors: ArrayLike<number>): number[] {
  const bases = Array.from(shifts, (shift) => Array.from(w, (value) => (value + shift >= 0 ? 1 : -1)));
  const rest = Array.from(w, (value, i) => value - bases.reduce((sum, base, m) => sum + base[i] * factors[m], 0));
  return bases.map((base) => base.reduce((sum, sign, i) => sum + sign * rest[i], 0) / w.length);
}

function fit(values: Float32Array, count: number): { shifts: Float32Array; factors: Float32Array } {
  const w = tf.tensor4d(values, [1, 1, values.length, 1]);
  const shifts = shiftsOf(w, count);
  return { shifts: shifts.dataSync<'float32'>(), factors: leastSquares(w, shifts).dataSync<'float32'>() };
}

describe('leastSquares', () => {
  test('what it leaves over is orthogonal to every base', () => {
    const cases = fc.record({
      size: fc.integer({ min: 2, max: 300 }),
      count: fc.integer({ min: 1, max: 5 }),
      seed: fc.nat(999),
    });
    fc.assert(
      fc.property(cases, ({ size, count, seed }) => {
        const random = new Random(seed);
        const values = Float32Array.from({ length: size }, () => random.normal(0.2));
        const { shifts, factors } = tf.tidy(() => fit(values, count));
        for (const left of leftOnBases(values, shifts, factors)) expect(Math.abs(left)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['equal weights', [0.5, 0.5, 0.5, 0.5]],
    ['two values, empty cells between', [-1, -1, 1, 1, 1]],
    ['a single weight', [-0.3]],
  ])('%s: bases that coincide still fit, with finite factors', (_name, weights) => {
    const values = Float32Array.from(weights);
    const { shifts, factors } = tf.tidy(() => fit(values, 5));
    expect([...factors].every(Number.isFinite)).toBe(true);
    for (const left of leftOnBases(values, shifts, factors)) expect(Math.abs(left)).toBeLessThan(1e-6);
  });
});
