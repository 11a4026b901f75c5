import { copyValues } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { nativeAvailable } from '../conformance.js';
import { selectBackend } from '../select-backend.js';

const backends = ['cpu', 'wasm', ...(nativeAvailable() ? (['native'] as const) : [])] as const;

test.each(backends)('%s: copyValues gives the values of any tensor in an array that is on no tensor', async (name) => {
  await selectBackend(name);
  const large = tf.tidy(() => tf.mul(tf.linspace(-1, 1, 300), 2)); // from a kernel of the back end
  for (const tensor of [tf.tensor2d([[1, -2]]), large, tf.variable(large), tf.scalar(3), tf.zeros([0])]) {
    const expected = [...tensor.dataSync()];
    const copy = await copyValues(tensor);
    expect([...copy]).toEqual(expected);
    copy.fill(7);
    expect([...tensor.dataSync()]).toEqual(expected);
  }
});
