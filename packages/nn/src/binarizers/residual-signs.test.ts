import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { conv2d, registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { convGeometry } from '../layers/geometry.js';
import { residualOrders, windowsOf } from './residual-signs.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function randomTensor(shape: number[], random: Random): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

test('windows times a filter are the convolution, at every stride, dilation and odd size', () => {
  const cases = fc.record({
    height: fc.integer({ min: 5, max: 9 }),
    width: fc.integer({ min: 5, max: 8 }),
    channels: fc.constantFrom(1, 3, 31, 33),
    kernelSize: fc.constantFrom<[number, number]>([1, 1], [3, 3], [3, 1], [2, 3]),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom<[number, number]>([0, 0], [1, 1], [2, 1]),
    seed: fc.nat(999),
  });
  fc.assert(
    fc.property(cases, ({ height, width, channels, seed, ...options }) => {
      const worst = tf.tidy(() => {
        const random = new Random(seed);
        const geometry = convGeometry('test', { ...options, inChannels: channels, outChannels: 2 });
        const [kh, kw] = geometry.kernelSize;
        const x = randomTensor([2, height, width, channels], random) as tf.Tensor4D;
        const w = randomTensor([kh, kw, channels, 2], random) as tf.Tensor4D;
        const { stride, dilation, padding } = geometry;
        const expected = conv2d(x, w, { strides: stride, dilations: dilation, padding });
        const y = conv2d(windowsOf(x, geometry), tf.reshape(w, [1, 1, -1, 2]));
        return tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0];
      });
      expect(worst).toBeLessThan(1e-4); // sums of up to 297 products of order 1 in two orders
    }),
    { numRuns: 40 },
  );
});

test('every order takes n beta^2 off the squared error', () => {
  tf.tidy(() => {
    const rows = randomTensor([4, 45], new Random(2));
    let left = rows;
    for (const { scale, signs } of residualOrders(rows, 4)) {
      const before = tf.sum(tf.square(left), 1);
      left = tf.sub(left, tf.mul(scale, signs));
      const fall = tf.sub(before, tf.sum(tf.square(left), 1)).dataSync();
      const promised = tf.mul(tf.square(tf.reshape(scale, [4])), 45).dataSync();
      for (const [i, value] of fall.entries()) expect(value).toBeCloseTo(promised[i], 3);
    }
  });
});
