import { binaryConv2d, estimators, sgdUpdate, softmaxCrossEntropy } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { nativeAvailable, startNative } from './conformance.js';
import { profileKernels } from './profile.js';

describe.skipIf(!nativeAvailable())('profileKernels', () => {
  beforeAll(async () => {
    await startNative();
  });

  const gradients = ['identity', 'clip', 'scale-chain'] as const;
  test.each(gradients)('a binary training step has no kernel that falls back to JavaScript: %s', async (gradient) => {
    const x = tf.randomNormal([2, 8, 8, 33]) as tf.Tensor4D;
    const w = tf.variable(tf.randomNormal([3, 3, 33, 4]) as tf.Tensor4D);
    const labels = tf.tensor1d([1, 3], 'int32');
    const options = {
      padValue: 0,
      activation: { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 },
      weight: { scale: 'filter-mean', gradient, signOfZero: 1 },
    } as const;
    const loss = () =>
      tf.mean(softmaxCrossEntropy(tf.mean(binaryConv2d(x, w, options), [1, 2]) as tf.Tensor2D, labels));
    const profile = await profileKernels(() => {
      const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, [w]);
      sgdUpdate([{ variable: w, gradient: grads[w.name], learningRate: 0.1 }]);
      tf.dispose([value, grads]);
    });
    const names = profile.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['BinaryConv2DBits', 'BinaryConv2DBitsLatentGradient', 'SgdUpdate']));
    expect(profile.filter(({ native }) => !native).map(({ name }) => name)).toEqual([]);
    tf.dispose([x, w, labels]);
  });

  test('names what falls back, counts calls, gives nested time to the inner kernel, and stops afterwards', async () => {
    const x = tf.tensor1d([1, 2]);
    const profile = await profileKernels(async () => {
      tf.dispose([tf.erf(x), tf.erf(x), tf.square(x)]);
    });
    expect(profile.find(({ name }) => name === 'Erf')).toMatchObject({ calls: 2, native: false });
    expect(profile.find(({ name }) => name === 'Square')).toMatchObject({ calls: 1, native: true });
    expect(profile.every(({ ms }) => ms >= 0)).toBe(true);
    tf.dispose(tf.square(x));
    expect(profile.find(({ name }) => name === 'Square')?.calls).toBe(1);
  });
});
