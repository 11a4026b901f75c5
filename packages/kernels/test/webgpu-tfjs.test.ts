import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BinaryConv2dOptions,
  binaryConv2d,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  estimators,
  registerBinaryOps,
  registerWebGpuBitKernels,
} from '../src/tfjs/index.js';
import { openNodeGpu } from '../src/webgpu/node.js';
import { normals } from './arbitraries.js';
import { onGpuDevice } from './gpu-device.js';

type Run = (...inputs: tf.Tensor[]) => tf.Tensor;
const map = (t: tf.Tensor) => t as tf.Tensor4D;

/** Value and gradients of `f` at normal numbers, with normal upstream gradients. */
async function results(backend: string, f: Run, shapes: readonly number[][]): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const made = (shape: readonly number[], seed: number) =>
    tf.tensor(normals(tf.util.sizeFromShape([...shape]), seed), [...shape]);
  const found = tf.tidy(() => {
    const tensors = shapes.map(made);
    const y = f(...tensors);
    return [y, ...tf.grads(f)(tensors, made(y.shape, 99))];
  });
  const values = await Promise.all(found.map((t) => t.data() as Promise<Float32Array>));
  tf.dispose(found);
  return values;
}

async function compare(f: Run, shapes: readonly number[][]): Promise<void> {
  const expected = await results('cpu', f, shapes);
  const actual = await results('webgpu', f, shapes);
  for (const [i, values] of expected.entries()) {
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    expect(actual[i].length).toBe(values.length);
    for (const [j, v] of values.entries()) expect(Math.abs(actual[i][j] - v)).toBeLessThanOrEqual(1e-5 * largest);
  }
}

const options: BinaryConv2dOptions = {
  padValue: 0,
  activation: { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 },
  weight: { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 },
};

await onGpuDevice('binary convolutions of tensors on the WebGPU back end', () => {
  const uncaught: string[] = [];
  beforeAll(async () => {
    // As in a browser: the back end looks for navigator.gpu when it is imported, and for the classes as globals.
    const { gpu, globals } = await openNodeGpu();
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true });
    const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
    registerBinaryOps();
    registerWebGpuBitKernels();
    registerWebGpuBitKernels(); // again does no harm
    expect(await tf.setBackend('webgpu')).toBe(true);
    const { device } = tf.backend() as InstanceType<typeof WebGPUBackend>;
    device.addEventListener('uncapturederror', ({ error }) => uncaught.push(error.message));
  });
  afterAll(() => expect(uncaught).toEqual([]));

  test('values and gradients are those of the composition of standard ops', async () => {
    await compare(
      (x, w) => binaryConv2d(map(x), map(w), options),
      [
        [2, 5, 4, 33],
        [3, 2, 33, 5],
      ],
    );
    const step: BinaryConv2dOptions = {
      ...options,
      padValue: -1,
      strides: 2,
      padding: 2,
      activation: { levels: 'zero-one', estimator: estimators.tri, signOfZero: 1 },
    };
    await compare((x, w, scale) => binaryConv2d(map(x), map(w), step, scale), [[1, 5, 5, 128], [3, 3, 128, 4], [4]]);
  });

  test('sums of terms, groups and depthwise convolutions too', async () => {
    const sum: Run = (x, w, second, third) =>
      binaryConv2dSum(
        [
          { x: map(x), w: map(w) },
          { x: map(x), w: map(second) },
          { x: map(x), w: map(third) },
        ],
        { ...options, padValue: 1 },
      );
    const filter = [3, 3, 7, 4];
    await compare(sum, [[1, 4, 4, 14], filter, filter, filter]);
    await compare(
      (x, w) => binaryDepthwiseConv2d(map(x), map(w), options),
      [
        [1, 4, 4, 33],
        [3, 3, 33, 1],
      ],
    );
  });

  test('the products run on bits, and leave nothing behind', async () => {
    await tf.setBackend('webgpu');
    const before = tf.memory();
    const [x, w] = [tf.ones([1, 4, 4, 32]), tf.ones([3, 3, 32, 4])];
    const profile = await tf.profile(() => binaryConv2d(map(x), map(w), options));
    expect(profile.kernelNames).toContain('BinaryConv2DBits');
    tf.dispose([x, w, profile.result]);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('without a GPU', () => {
  test('registering the kernels needs no device', () => {
    expect(() => registerWebGpuBitKernels()).not.toThrow();
  });
});
