import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { architectureGradients, type BilevelProblem } from '../src/index.js';
import { withoutLeak } from './helpers.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** `L_train = (w A w) / 2 + alpha B w`, `L_val = |w - c|^2 / 2 + d alpha`, of n weights and m numbers of architecture, with plain loops. */
function quadratic(n: number, m: number, seed: number) {
  const random = new Random(seed);
  const vector = (size: number) => Array.from({ length: size }, () => random.normal());
  const root = Array.from({ length: n }, () => vector(n));
  const A = root.map((row) => root.map((other) => row.reduce((sum, x, k) => sum + x * other[k], 0) / n)); // symmetric
  const B = Array.from({ length: m }, () => vector(n));
  return { A, B, c: vector(n), d: vector(m), alpha: vector(m), w: vector(n), velocity: vector(n) };
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const row = (values: readonly number[]) => tf.tensor2d([...values], [1, values.length]);

test('the second order is the derivative of the validation loss at the virtual step, with its momentum and decay', async () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.nat());
  await fc.assert(
    fc.asyncProperty(cases, async ([n, m, seed]) => {
      const { A, B, c, d, alpha, w, velocity } = quadratic(n, m, seed);
      const [virtualRate, momentum, weightDecay] = [0.1, 0.9, 0.01];
      /** The validation loss behind the virtual step from w, as a function of the architecture. */
      const lossAt = (architecture: readonly number[]) => {
        const moved = w.map((value, i) => {
          const slope = dot(A[i], w) + architecture.reduce((sum, a, k) => sum + a * B[k][i], 0);
          return value - virtualRate * (momentum * velocity[i] + slope + weightDecay * value);
        });
        return moved.reduce((sum, value, i) => sum + (value - c[i]) ** 2 / 2, 0) + dot(d, architecture);
      };
      const step = 1e-4;
      const expected = alpha.map((_, k) => {
        const shifted = (by: number) => lossAt(alpha.map((value, i) => (i === k ? value + by : value)));
        return (shifted(step) - shifted(-step)) / (2 * step);
      });
      await withoutLeak(async () => {
        const variables = [alpha, w].map((values) => tf.tidy(() => tf.variable(row(values))));
        const [a, x] = variables as tf.Variable[];
        const matrix = (rows: readonly (readonly number[])[]) => tf.tensor2d(rows.map((each) => [...each]));
        const velocities = row(velocity);
        const problem: BilevelProblem = {
          architecture: [a],
          weights: [{ variable: x, velocity: velocities, weightDecay }],
          momentum,
          virtualRate,
          trainLoss() {
            const own = tf.mul(tf.sum(tf.mul(tf.matMul(x as unknown as tf.Tensor2D, matrix(A)), x)), 0.5);
            return tf.add(own, tf.sum(tf.mul(tf.matMul(a as unknown as tf.Tensor2D, matrix(B)), x))) as tf.Scalar;
          },
          validationLoss: () =>
            tf.add(tf.mul(tf.sum(tf.square(tf.sub(x, row(c)))), 0.5), tf.sum(tf.mul(a, row(d)))) as tf.Scalar,
        };
        const gradient = (await architectureGradients(problem)).get(a)!;
        const found = gradient.dataSync();
        const scale = 1 + Math.max(...expected.map(Math.abs));
        for (const [k, e] of expected.entries()) expect(Math.abs(found[k] - e)).toBeLessThan(2e-3 * scale);
        expect(Array.from(x.dataSync())).toEqual(Array.from(Float32Array.from(w)));
        tf.dispose([gradient, velocities, a, x]);
      });
    }),
    { numRuns: 30 },
  );
});

test('weights that the validation loss does not depend on leave its own gradient', async () => {
  const [a, w] = [2, 3].map((value) => tf.tidy(() => tf.variable(tf.scalar(value))));
  const weights = [{ variable: w }];
  const trainLoss = () => tf.mul(a, tf.square(w)) as unknown as tf.Scalar;
  const validationLoss = () => tf.square(a) as unknown as tf.Scalar;
  const problem = { architecture: [a], weights, trainLoss, validationLoss, virtualRate: 0.1 };
  expect((await architectureGradients(problem)).get(a)!.dataSync()[0]).toBeCloseTo(4, 5);
});
