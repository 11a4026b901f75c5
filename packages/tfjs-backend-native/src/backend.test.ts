import { adamUpdate, averageUpdate, batchNormTrain, conv2d, sgdUpdate } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NativeBackend, NativeMemory } from './backend.js';
import { nativeAvailable, startNative } from './conformance.js';

describe.skipIf(!nativeAvailable())('NativeBackend', () => {
  let backend: NativeBackend;
  beforeAll(async () => {
    backend = await startNative();
  });
  /** An array of the pool that a new tensor of this size would get. */
  const churn = (size: number) => {
    for (let i = 0; i < 4; i++) tf.dispose(tf.add(tf.fill([size], i), 42));
  };

  test('memory of a disposed tensor serves one of another shape and type', () => {
    backend.trim();
    tf.dispose(tf.fill([10_000], 1));
    const { misses, usedBytes, pooledBytes } = backend.memory();
    expect(pooledBytes).toBe(40_000);
    const x = tf.fill([99, 97], 2, 'int32');
    expect(backend.memory()).toMatchObject({ misses, usedBytes: usedBytes + Math.ceil((99 * 97 * 4) / 64) * 64 });
    x.dispose();
  });

  test.each([5, 500])('%i values that were read stay as they are when their tensor is gone', async (size) => {
    const [sync, async] = [tf.fill([size], 2), tf.fill([size], 3)];
    const [first, second] = [sync.dataSync(), await async.data()];
    tf.dispose([sync, async]);
    churn(size);
    expect([first[0], first[size - 1], second[0]]).toEqual([2, 2, 3]);
  });

  test('values that were read can be transferred to a worker; the tensor and its neighbours keep theirs', () => {
    const [x, neighbour] = [tf.fill([500], 2), tf.fill([500], 3)];
    const values = x.dataSync();
    structuredClone(values, { transfer: [values.buffer as ArrayBuffer] });
    expect([values.length, x.dataSync()[499], neighbour.dataSync()[0]]).toEqual([0, 2, 3]);
    tf.dispose([x, neighbour]);
  });

  test('memory of a tensor read by a JavaScript kernel returns when the tensor is disposed', () => {
    const before = backend.memory().usedBytes;
    const x = tf.fill([1, 1, 1, 1, 1, 2, 500], 6); // rank 7: beyond the native kernels
    const part = tf.slice(x, [0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 1, 1, 1, 500]);
    tf.dispose([x, part]);
    expect(backend.memory().usedBytes).toBe(before);
  });

  test('arrays begin at cache lines, whatever their length', () => {
    const tensors = [300, 301, 1027].map((length) => tf.fill([length], 1));
    for (const { dataId } of tensors) {
      expect((backend.data.get(dataId).values as Float32Array).byteOffset % 64).toBe(0);
    }
    tf.dispose(tensors);
  });

  test('a reshape, a clone and a variable survive the tensor they were made from', () => {
    const x = tf.fill([500], 5);
    const [reshaped, cloned, variable] = [tf.reshape(x, [5, 100]), tf.clone(x), tf.variable(x)];
    x.dispose();
    churn(500);
    for (const t of [reshaped, cloned, variable]) expect(t.dataSync()[7]).toBe(5);
    tf.dispose([reshaped, cloned, variable]);
  });

  test('a slice made by a JavaScript kernel survives its source', () => {
    const x = tf.fill([1, 1, 1, 1, 1, 2, 500], 6); // rank 7: beyond the native kernels, and JavaScript returns a view
    const part = tf.slice(x, [0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 1, 1, 1, 500]);
    x.dispose();
    churn(1000);
    expect(part.dataSync()[3]).toBe(6);
    part.dispose();
  });

  test("never writes to the caller's array", () => {
    const mine = new Float32Array(500).fill(1);
    const variable = tf.variable(tf.tensor1d(mine));
    const gradient = tf.fill([500], 1);
    sgdUpdate([{ variable, gradient, learningRate: 1 }]);
    expect([mine[0], variable.dataSync()[0]]).toEqual([1, 0]);
    tf.dispose([variable, gradient]);
  });

  test('an update changes neither the initial tensor, nor a clone, nor an array read before', () => {
    const initial = tf.fill([500], 1);
    const variable = tf.variable(initial);
    const copy = variable.clone();
    const gradient = tf.fill([500], 0.5);
    const seen = variable.dataSync();
    const update = () => sgdUpdate([{ variable, gradient, learningRate: 1 }]);
    update();
    expect([initial.dataSync()[0], copy.dataSync()[0], seen[0]]).toEqual([1, 1, 1]);
    const later = variable.dataSync();
    update();
    expect([later[0], variable.dataSync()[0]]).toEqual([0.5, 0]);
    tf.dispose([initial, variable, copy, gradient]);
  });

  test('an update of a variable nobody else sees happens in place', () => {
    const variable = tf.tidy(() => tf.variable(tf.fill([500], 1)));
    const gradient = tf.fill([500], 0.5);
    const before = backend.data.get(variable.dataId).values;
    sgdUpdate([{ variable, gradient, learningRate: 1 }]);
    expect(backend.data.get(variable.dataId).values).toBe(before);
    expect(variable.dataSync()[0]).toBe(0.5);
    tf.dispose([variable, gradient]);
  });

  test('updates equal the portable ones', () => {
    const run = (name: string) => {
      tf.setBackend(name);
      const values = [0.5, -0.25, 0.9];
      const [zeros, variableOf] = [[0, 0, 0], (t: number[]) => tf.variable(tf.tensor1d(t))];
      const [a, b, c, v, m, s] = [values, values, values, zeros, zeros, zeros].map(variableOf);
      for (let step = 1; step <= 4; step++) {
        const gradient = tf.tensor1d([step, -1, 0.5]);
        const options = { gradient, learningRate: 0.1, weightDecay: 0.01, clip: 0.95 };
        const scale = { gradientScale: 0.7 };
        sgdUpdate([{ ...options, variable: a, velocity: v }], { ...scale, momentum: 0.9, nesterov: true });
        adamUpdate([{ ...options, variable: b, firstMoment: m, secondMoment: s, step }], { ...scale, decoupled: true });
        averageUpdate([c], [b], 0.9);
      }
      return [a, b, c, v, m, s].flatMap((t) => [...t.dataSync()]);
    };
    const [expected, actual] = [run('cpu'), run('native')];
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });

  test('a training loop leaves no tensor behind and does not grow', () => {
    const [x, w] = [
      tf.randomNormal([4, 16, 16, 8]) as tf.Tensor4D,
      tf.variable(tf.randomNormal([3, 3, 8, 8]) as tf.Tensor4D),
    ];
    const [gamma, beta] = [tf.variable(tf.ones([8]) as tf.Tensor1D), tf.variable(tf.zeros([8]) as tf.Tensor1D)];
    const step = () => {
      const loss = () =>
        tf.mean(tf.square(tf.relu(batchNormTrain(conv2d(x, w), gamma, beta, { epsilon: 1e-5 }).y))) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, [w, gamma, beta]);
      sgdUpdate([w, gamma, beta].map((variable) => ({ variable, gradient: grads[variable.name], learningRate: 0.1 })));
      const result = value.dataSync()[0];
      tf.dispose([value, grads]);
      return result;
    };
    for (let i = 0; i < 50; i++) step();
    const before = { ...tf.memory(), rss: process.memoryUsage().rss };
    for (let i = 0; i < 300; i++) expect(step()).not.toBeNaN();
    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    const { pooledBytes, misses, peakBytes } = before as unknown as NativeMemory;
    expect(after).toMatchObject({ pooledBytes, misses, peakBytes }); // nothing was asked of the system, and no step needed more than another
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(64 * 2 ** 20);
    expect(after.unreliable).toBe(false);
  });
});
