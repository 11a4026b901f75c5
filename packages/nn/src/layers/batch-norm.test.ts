import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { inference } from '../module.js';
import { BatchNorm } from './batch-norm.js';
import { PRelu } from './prelu.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function randomInput(shape: [number, number, number, number], seed = 1): tf.Tensor4D {
  const random = new Random(seed);
  return tf.tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  );
}

describe('BatchNorm', () => {
  test('normalises with the biased and remembers the unbiased variance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 9 }),
        fc.nat(1000),
        (channels, count, seed) => {
          const layer = new BatchNorm({ channels, epsilon: 1e-3, momentum: 0.25 });
          layer.gamma.variable.assign(tf.fill([channels], 1.5));
          layer.beta.variable.assign(tf.fill([channels], -0.5));
          const x = randomInput([1, count, 1, channels], seed);
          const y = layer.forward(x, { training: true }).dataSync();
          const values = x.dataSync();
          for (let c = 0; c < channels; c++) {
            const column = Array.from({ length: count }, (_, i) => values[i * channels + c]);
            const mean = column.reduce((a, b) => a + b) / count;
            const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
            column.forEach((value, i) => {
              expect(y[i * channels + c]).toBeCloseTo((1.5 * (value - mean)) / Math.sqrt(variance + 1e-3) - 0.5, 4);
            });
            expect(layer.mean.dataSync()[c]).toBeCloseTo(0.25 * mean, 5);
            expect(layer.variance.dataSync()[c]).toBeCloseTo(0.75 + (0.25 * variance * count) / (count - 1), 4);
          }
          layer.dispose();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('evaluation uses the running statistics and leaves them alone', () => {
    const layer = new BatchNorm({ channels: 1, epsilon: 0 });
    layer.mean.assign(tf.tensor1d([2]));
    layer.variance.assign(tf.tensor1d([4]));
    const y = layer.forward(tf.tensor4d([2, 4, 0, 6], [1, 2, 2, 1]), inference);
    [0, 1, -1, 2].forEach((value, i) => {
      expect(y.dataSync()[i]).toBeCloseTo(value, 6);
    });
    expect([layer.mean.dataSync()[0], layer.variance.dataSync()[0]]).toEqual([2, 4]);
  });

  test('one value per channel cannot be normalised in training', () => {
    expect(() => new BatchNorm({ channels: 2 }).forward(randomInput([1, 1, 1, 2]), { training: true })).toThrow(
      /BatchNorm: training needs at least 2 values per channel, got \[1, 1, 1, 2\]; use a larger batch/,
    );
  });

  test('running statistics move inside a gradient as outside, without leaking', () => {
    const [inside, outside] = [new BatchNorm({ channels: 3 }), new BatchNorm({ channels: 3 })];
    const x = randomInput([2, 3, 3, 3]);
    const before = tf.memory().numTensors;
    tf.tidy(() => void outside.forward(x, { training: true }));
    tf.tidy(() => void tf.grad((t) => tf.sum(inside.forward(t as tf.Tensor4D, { training: true })))(x));
    expect(tf.memory().numTensors).toBe(before);
    expect(inside.mean.dataSync()).toEqual(outside.mean.dataSync());
    expect(inside.variance.dataSync()).toEqual(outside.variance.dataSync());
  });

  test('with a residual and an activation it equals the ops in a row, also frozen', () => {
    const [x, residual] = [randomInput([2, 3, 3, 4]), randomInput([2, 3, 3, 4], 2)];
    const prelu = new PRelu({ channels: 4 });
    const behind = {
      none: (z: tf.Tensor4D) => z,
      relu: (z: tf.Tensor4D) => tf.relu(z),
      clip: (z: tf.Tensor4D) => tf.clipByValue(z, -1, 1),
      prelu: (z: tf.Tensor4D) => prelu.forward(z, inference),
    };
    for (const [name, apply] of Object.entries(behind)) {
      const activation = name === 'prelu' ? prelu.activation : (name as 'relu');
      for (const frozen of [false, true]) {
        const [fused, plain] = [new BatchNorm({ channels: 4 }), new BatchNorm({ channels: 4 })];
        for (const layer of [fused, plain]) layer.freeze(frozen);
        const both = (sum: boolean) => {
          const context = { training: true };
          const actual = fused.forward(x, context, sum ? { residual, activation } : { activation });
          const normalized = plain.forward(x, context);
          return [actual, apply(sum ? tf.add(normalized, residual) : normalized)].map((y) => y.dataSync());
        };
        for (const [actual, expected] of [both(false), both(true)]) {
          for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
        }
        expect(fused.mean.dataSync()).toEqual(plain.mean.dataSync());
      }
    }
  });
});
