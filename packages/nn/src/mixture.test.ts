import '@tensorflow/tfjs-backend-cpu';
import { tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { mixture } from './mixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const number = fc.double({ min: -3, max: 3, noNaN: true });
/** Numbers of alpha with the values of their operations, undefined for one that gives zeros. */
const choices = fc
  .array(fc.tuple(number, fc.option(fc.tuple(number, number), { nil: undefined })), { minLength: 1, maxLength: 6 })
  .filter((list) => list.some(([, output]) => output !== undefined));

test('is the sum of outputs by the softmax of alpha, with zeros where there is none', () => {
  fc.assert(
    fc.property(choices, (list) => {
      const sum = list.reduce((total, [alpha]) => total + Math.exp(alpha), 0);
      const expected = [0, 1].map((k) =>
        list.reduce((total, [alpha, output]) => total + (Math.exp(alpha) / sum) * (output?.[k] ?? 0), 0),
      );
      const found = tf.tidy(() => {
        const alphas = tf.tensor1d(list.map(([alpha]) => alpha));
        return mixture(
          alphas,
          list.map(([, output]) => output && tf.tensor1d(output)),
        ).dataSync();
      });
      for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, 5);
    }),
  );
});

test('as many outputs as numbers, and at least one of them', () => {
  const alpha = tf.tensor1d([0, 1]);
  expect(() => mixture(alpha, [tf.scalar(1)])).toThrow(/mixture: expected 2 outputs, .* got 1$/);
  expect(() => mixture(alpha, [undefined, undefined])).toThrow(/at least one of them not zero/);
});
