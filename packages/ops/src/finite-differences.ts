import { Random } from '@onebit/common';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/**
 * A tensor of seeded numbers in [low, high), all different as long as there are at most 32 per unit. They lie on (k + 1/4) / 32 for even seeds and
 * (k + 3/4) / 32 for odd ones: never nearer than 1/128 to a kink at a quarter, or than 1/64 to a value of a tensor with the other parity.
 */
export function random(
  shape: readonly number[],
  seed: number,
  [low, high]: readonly [number, number] = [-2, 2],
): tf.Tensor {
  const rng = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const first = Math.ceil(low * 32);
  const lattice = Array.from({ length: Math.floor(high * 32) - first }, (_, i) => first + i);
  const values: number[] = [];
  while (values.length < size) values.push(...rng.shuffle(lattice));
  const offset = seed % 2 === 0 ? 0.25 : 0.75;
  return tf.tensor(
    values.slice(0, size).map((k) => (k + offset) / 32),
    shape as number[],
  );
}

/**
 * Compares the gradients of `sum(weights * f(...inputs))` with central differences in every input, and checks that no tensor is left behind.
 * float32 limits differences to about 1e-3 relative; a wrong gradient is off by far more.
 */
export function checkGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { tolerance = 1e-2, step = 2 ** -8 }: { tolerance?: number; step?: number } = {},
): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const y = f(...inputs);
    const weights = random(y.shape, 99, [-1, 1]);
    const loss = (...xs: tf.Tensor[]) => tf.sum(tf.mul(f(...xs), weights)) as tf.Scalar;
    const gradients = tf.grads(loss)(inputs);
    inputs.forEach((input, at) => {
      expect(gradients[at].shape).toEqual(input.shape);
      const found = gradients[at].dataSync();
      const values = input.dataSync().slice();
      const lossAt = (i: number, delta: number) => {
        const moved = Float32Array.from(values);
        moved[i] += delta;
        return tf.tidy(() => {
          const shifted = inputs.map((t, j) => (j === at ? tf.tensor(moved, t.shape) : t));
          const out = f(...shifted).dataSync();
          const w = weights.dataSync();
          let sum = 0; // in double precision: summing in float32 would drown the difference
          for (let k = 0; k < out.length; k++) sum += out[k] * w[k];
          return sum;
        });
      };
      values.forEach((_, i) => {
        const expected = (lossAt(i, step) - lossAt(i, -step)) / (2 * step);
        const error = Math.abs(found[i] - expected);
        if (!(error <= tolerance * (1 + Math.abs(expected)))) {
          throw new Error(
            `input ${at} [${input.shape}], element ${i}: gradient ${found[i]}, differences give ${expected}`,
          );
        }
      });
    });
  });
  expect(tf.memory().numTensors).toBe(before);
}
