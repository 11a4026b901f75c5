import '@tensorflow/tfjs-backend-cpu';
import { tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ede, edeSlope, scheduledEde } from './ede.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const slopeAt = (t: number, x: number) => tf.tidy(() => ede(t).derivative(tf.scalar(x)).dataSync()[0]);

describe('the error decay estimator', () => {
  test('is the derivative of k tanh(t x), at t = 1 that of tanh', () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(number, fc.double({ min: 0.05, max: 8, noNaN: true }), (x, t) => {
        const [k, step] = [Math.max(1 / t, 1), 1e-4];
        const difference = (k * (Math.tanh(t * (x + step)) - Math.tanh(t * (x - step)))) / (2 * step);
        expect(slopeAt(t, x)).toBeCloseTo(difference, 3);
      }),
    );
    expect(slopeAt(1, 0.7)).toBeCloseTo(1 - Math.tanh(0.7) ** 2, 6);
  });

  test('begins near the identity and ends near the sign', () => {
    const range = { tMin: 0.1, tMax: 10 };
    expect([edeSlope(range, 0), edeSlope(range, 0.5), edeSlope(range, 1)]).toEqual(
      [0.1, 1, 10].map((t) => expect.closeTo(t, 9)),
    );
    const at = (progress: number, x: number) =>
      tf.tidy(() => scheduledEde(range).at(progress).derivative(tf.scalar(x)).dataSync()[0]);
    for (const x of [-1, 0, 1]) expect(at(0, x)).toBeCloseTo(1, 1);
    expect(at(1, 0)).toBeCloseTo(10, 4);
    expect(at(1, 1)).toBeLessThan(1e-6);
  });
});
