import { accumulate, valueAndGradients } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NativeBackend } from '../backend.js';
import { nativeAvailable, startNative } from '../conformance.js';

describe.skipIf(!nativeAvailable())('sums of gradients', () => {
  let backend: NativeBackend;
  beforeAll(async () => {
    backend = await startNative();
  });
  const filled = (value: number) => tf.tidy(() => tf.mul(tf.fill([300], value), 1)); // in an array that the back end made
  const arrayOf = (tensor: tf.Tensor) => backend.data.get(tensor.dataId).values as Float32Array;

  test.each(['first', 'second', 'neither'] as const)('in place of the %s that nobody else sees', (free) => {
    const before = tf.memory().numTensors;
    const operands = [filled(1), filled(2)];
    const arrays = operands.map(arrayOf);
    const aliases = operands
      .filter((_, i) => i !== ['first', 'second'].indexOf(free))
      .map((shared) => tf.clone(shared));
    const values = aliases.map((alias) => arrayOf(alias).slice());
    const sum = accumulate(operands[0], operands[1]);
    expect(arrays.indexOf(arrayOf(sum))).toBe(['first', 'second'].indexOf(free));
    for (const [i, alias] of aliases.entries()) expect(arrayOf(alias)).toEqual(values[i]);
    expect(new Set(sum.dataSync())).toEqual(new Set([3]));
    tf.dispose([sum, aliases]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('arrays that were read are left alone', () => {
    const [a, b] = [filled(1), filled(2)];
    const seen = [a, b].map((tensor) => tensor.dataSync());
    accumulate(a, b).dispose();
    expect(seen.map(([first]) => first)).toEqual([1, 2]);
  });

  test('shortcuts, where the same gradient goes two ways, give what tf.variableGrads gives', () => {
    const w = tf.variable(tf.randomUniform([300], -1, 1, 'float32', 3));
    const loss = () => {
      let y = tf.mul(w, w);
      for (let i = 0; i < 4; i++) y = tf.add(y, tf.relu(tf.sub(tf.mul(y, w), y)));
      return tf.mean(tf.add(y, y)) as tf.Scalar;
    };
    const expected = tf.variableGrads(loss, [w]);
    const { value, gradients } = valueAndGradients(loss, [w]);
    expect(value.dataSync()).toEqual(expected.value.dataSync());
    expect(gradients.get(w)!.dataSync()).toEqual(expected.grads[w.name].dataSync());
    tf.dispose([w, value, expected.value, expected.grads, ...gradients.values()]);
  });
});
