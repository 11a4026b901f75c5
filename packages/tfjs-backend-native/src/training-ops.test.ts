import { asReading, type Reading, tf, valueAndGradientsAsync } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import type { BackendName } from './candidates/candidate.js';
import { given, gpuAvailable, nativeAvailable } from './conformance.js';
import { selectBackend } from './select-backend.js';
import { type TrainingOp, trainingOps } from './training-ops.js';

/** The sum of the squares of an op's results, and its gradients, on one back end. */
async function results(backend: BackendName, { run, shapes }: TrainingOp): Promise<number[][]> {
  if (tf.getBackend() !== backend) await selectBackend(backend);
  const before = tf.memory().numTensors;
  const inputs = shapes.map((shape, i) => tf.tensor(given(shape, i + 1).values, [...shape]));
  function* squares(): Reading<tf.Scalar> {
    return tf.sum(tf.square(yield* asReading(run(...inputs))));
  }
  const { value, gradients } = await valueAndGradientsAsync(squares, inputs);
  const found = [value, ...inputs.map((input) => gradients.get(input)!)];
  const values = await Promise.all(found.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose([inputs, found]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

const gpu = await gpuAvailable();
const backends: [BackendName, boolean][] = [
  ['native', nativeAvailable()],
  ['wasm', true],
  ['webgpu', gpu],
];

describe.for(backends.filter(([, found]) => found))('%s trains as cpu does', ([backend]) => {
  const able = trainingOps.filter(({ ties }) => backend !== 'webgpu' || !ties);

  test.for(able.map((op) => [op.name, op] as const))('%s', async ([, op]) => {
    const [expected, actual] = [await results('cpu', op), await results(backend, op)];
    expect(expected.flat().some((value) => value !== 0)).toBe(true);
    for (const [i, values] of expected.entries()) {
      const largest = Math.max(1, ...values.map(Math.abs));
      for (const [j, value] of values.entries()) {
        expect(Math.abs(actual[i][j] - value), `tensor ${i}, element ${j}`).toBeLessThan(1e-4 * largest);
      }
    }
  });
});

test('registering the kernels of wasm again does no harm', async () => {
  await selectBackend('wasm');
  await selectBackend('wasm');
  expect(tf.getBackend()).toBe('wasm');
});
