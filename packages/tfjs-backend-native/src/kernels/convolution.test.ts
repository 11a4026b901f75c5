import { conv2d } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareBackends, given, nativeAvailable, startNative } from '../conformance.js';
import { profileKernels } from '../profile.js';

type Convolution = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D;

type Shape4D = [number, number, number, number];

const cases: readonly (readonly [string, Convolution, Shape4D, Shape4D])[] = [
  ['tf.conv2d, dilated', (x, f) => tf.conv2d(x, f, 1, 'same', 'NHWC', 3), [2, 11, 9, 5], [3, 3, 5, 7]],
  ['tf.conv2d, strided', (x, f) => tf.conv2d(x, f, 2, 'same'), [2, 11, 9, 3], [5, 3, 3, 18]],
  ['tf.depthwiseConv2d, dilated', (x, f) => tf.depthwiseConv2d(x, f, 1, 'same', 'NHWC', 2), [2, 9, 8, 6], [3, 3, 6, 2]],
  ['conv2d in groups', (x, f) => conv2d(x, f), [2, 8, 9, 12], [3, 3, 4, 6]],
  [
    'conv2d in groups, dilated and strided',
    (x, f) => conv2d(x, f, { dilations: 2, strides: 2 }),
    [1, 11, 9, 8],
    [3, 3, 2, 12],
  ],
  ['depthwise, dilated and strided', (x, f) => conv2d(x, f, { dilations: 2, strides: 2 }), [1, 11, 9, 8], [3, 3, 1, 8]],
];

describe.skipIf(!nativeAvailable())('convolutions', () => {
  beforeAll(async () => {
    await startNative();
  });

  test.for(cases)(
    '%s: forward and both gradients run natively and agree with JavaScript',
    async ([, run, x, filter]) => {
      await tf.setBackend('native');
      const inputs = [tf.ones<tf.Rank.R4>(x), tf.ones<tf.Rank.R4>(filter)];
      const profile = await profileKernels(() => {
        const gradients = tf.grads((a, b) => run(a as tf.Tensor4D, b as tf.Tensor4D));
        tf.dispose(gradients(inputs));
      });
      expect(profile.filter(({ native }) => !native).map(({ name }) => name)).toEqual([]);
      expect(profile.filter(({ name }) => /Conv2?D/i.test(name))).toHaveLength(3);
      tf.dispose(inputs);
      compareBackends((a, b) => run(a as tf.Tensor4D, b as tf.Tensor4D), [given(x, 1), given(filter, 2)]);
    },
  );
});
