import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { methods } from '../methods/table.js';
import { inference } from '../module.js';
import { BinaryConv2d } from './binary-conv2d.js';
import { Conv2d } from './conv2d.js';

const initial = { seed: 7, path: 'test' };

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

describe('convolutions in groups', () => {
  test.each([1, 2, 3, 6])('%i groups are as many convolutions side by side', (groups) => {
    const options = { inChannels: 6, outChannels: 12, kernelSize: 3, stride: 2, groups } as const;
    const layer = new Conv2d(options, initial);
    expect(layer.weight.shape).toEqual([3, 3, 6 / groups, 12]);
    tf.tidy(() => {
      const random = new Random(1);
      const x = tf.tensor4d(
        Float32Array.from({ length: 2 * 7 * 5 * 6 }, () => random.normal()),
        [2, 7, 5, 6],
      );
      const inputs = tf.split(x, groups, 3);
      const filters = tf.split(layer.weight.variable as unknown as tf.Tensor4D, groups, 3);
      const parts = inputs.map((input, g) =>
        tf.conv2d(
          tf.pad(input as tf.Tensor4D, [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ]) as tf.Tensor4D,
          filters[g] as tf.Tensor4D,
          2,
          'valid',
        ),
      );
      const y = layer.forward(x, inference);
      expect(layer.macs(y.shape)).toBe((y.size * 9 * 6) / groups);
      const expected = tf.concat(parts, 3).dataSync();
      y.dataSync().forEach((value, i) => void expect(value).toBeCloseTo(expected[i], 5));
    });
  });

  test('groups that divide no channels and groups of a binary layer are refused', () => {
    const options = { inChannels: 6, outChannels: 12, kernelSize: 3 } as const;
    expect(() => new Conv2d({ ...options, groups: 4 }, initial)).toThrow(
      /groups must divide inChannels 6 and outChannels 12, got 4/,
    );
    expect(() => new BinaryConv2d({ ...options, groups: 2, method: methods.bireal }, initial)).toThrow(
      /test: a convolution in groups has no binary form; give it the precision fp32 in the plan/,
    );
  });
});
