import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import {
  avgPool2d,
  batchNormTrain,
  binaryConv2d,
  conv2d,
  estimators,
  gather,
  maxPool2d,
  registerGradients,
  softmaxCrossEntropy,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { given } from '../conformance.js';
import { registerWasmTrainingKernels } from './training-kernels.js';

beforeAll(async () => {
  registerWasmTrainingKernels();
  registerWasmTrainingKernels(); // again does no harm
  registerGradients();
});

type Run = (...inputs: tf.Tensor[]) => tf.Tensor;
const map = (t: tf.Tensor) => t as tf.Tensor4D;

/** Value and gradients of `f` on one back end. */
async function results(backend: string, f: Run, shapes: number[][]): Promise<number[][]> {
  if (!(await tf.setBackend(backend))) throw new Error(`no back end ${backend}`);
  const inputs = shapes.map((shape, i) => tf.tensor(given(shape, i + 1).values, shape));
  const { value, grads } = tf.valueAndGrads((...xs) => tf.sum(tf.mul(f(...xs), f(...xs))))(inputs);
  return [value, ...grads].map((t) => [...t.dataSync()]);
}

describe('training on wasm gives the gradients of cpu', () => {
  const cases: [string, Run, number[][]][] = [
    [
      'conv2d, stride 2',
      (x, f) => conv2d(map(x), map(f), { strides: 2 }),
      [
        [2, 7, 6, 3],
        [3, 3, 3, 4],
      ],
    ],
    [
      'conv2d, dilation 2',
      (x, f) => conv2d(map(x), map(f), { dilations: 2 }),
      [
        [2, 7, 6, 3],
        [3, 3, 3, 4],
      ],
    ],
    [
      'conv2d, pads',
      (x, f) => conv2d(map(x), map(f), { strides: 2, padding: 1 }),
      [
        [1, 6, 6, 2],
        [3, 3, 2, 4],
      ],
    ],
    [
      'depthwise',
      (x, f) => tf.depthwiseConv2d(map(x), map(f), 2, 'same'),
      [
        [2, 6, 5, 3],
        [3, 3, 3, 2],
      ],
    ],
    [
      'transposed',
      (x, f) => tf.conv2dTranspose(map(x), map(f), [2, 6, 6, 2], 2, 'same'),
      [
        [2, 3, 3, 4],
        [3, 3, 2, 4],
      ],
    ],
    ['gather', (x) => gather(x, tf.tensor1d([1, 1, 0], 'int32')), [[3, 4]]],
    ['max pool', (x) => maxPool2d(map(x), { size: 3, stride: 2, padding: 1 }), [[2, 7, 6, 3]]],
    ['max pool of negative values', (x) => maxPool2d(map(tf.sub(x, 5)), { size: 2 }), [[2, 4, 6, 3]]],
    ['average pool', (x) => avgPool2d(map(x), { size: 2, ceilMode: true }), [[2, 7, 5, 3]]],
    [
      'batch norm',
      (x, g, b) => batchNormTrain(x, g as tf.Tensor1D, b as tf.Tensor1D, { epsilon: 0.1 }).y,
      [[4, 3, 3, 5], [5], [5]],
    ],
    ['cross entropy', (x) => softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d([0, 2, 1], 'int32')), [[3, 4]]],
    [
      'binary conv2d',
      (x, w) =>
        binaryConv2d(map(x), map(w), {
          padValue: -1,
          activation: { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 },
          weight: { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 },
        }),
      [
        [1, 5, 5, 7],
        [3, 3, 7, 3],
      ],
    ],
  ];
  test.for(cases)('%s', async ([, f, shapes]) => {
    const [expected, actual] = [await results('cpu', f, shapes), await results('wasm', f, shapes)];
    for (const [i, values] of expected.entries()) {
      const largest = Math.max(1, ...values.map(Math.abs));
      for (const [j, value] of values.entries()) {
        expect(Math.abs(actual[i][j] - value), `tensor ${i}, element ${j}`).toBeLessThan(1e-4 * largest);
      }
    }
  });
});
