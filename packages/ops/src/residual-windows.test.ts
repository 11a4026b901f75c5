import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { conv2dGeometry } from '@onebit/kernels';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { conv2d, reconstruction, registerGradients, residualConv2d, residualOrders, tf } from './index.js';
import { windowsOf } from './residual-windows.js';

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
    strides: fc.integer({ min: 1, max: 3 }),
    dilations: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom(0, 1, { top: 2, bottom: 2, left: 1, right: 1 }),
    seed: fc.nat(999),
  });
  fc.assert(
    fc.property(cases, ({ height, width, channels, kernelSize, seed, ...options }) => {
      const worst = tf.tidy(() => {
        const random = new Random(seed);
        const [kh, kw] = kernelSize;
        const x = randomTensor([2, height, width, channels], random) as tf.Tensor4D;
        const w = randomTensor([kh, kw, channels, 2], random) as tf.Tensor4D;
        const geometry = conv2dGeometry(x.shape, w.shape, options);
        const expected = conv2d(x, w, options);
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

test('the gradient is that of the windows, laid side by side and clipped one by one', () => {
  tf.tidy(() => {
    const random = new Random(3);
    const x = randomTensor([2, 6, 5, 3], random) as tf.Tensor4D;
    const w = randomTensor([3, 3, 3, 4], random) as tf.Tensor4D;
    const options = { strides: 2, padding: 1, orders: 2 };
    const geometry = conv2dGeometry(x.shape, w.shape, options);
    const straightThrough = tf.customGrad((windows, save) => {
      (save as (tensors: tf.Tensor[]) => void)([windows as tf.Tensor]);
      return {
        value: reconstruction(residualOrders(windows as tf.Tensor, options.orders)),
        gradFunc: (dy, [saved]) => tf.mul(dy as tf.Tensor, tf.cast(tf.lessEqual(tf.abs(saved), 1), 'float32')),
      };
    });
    const plain = (t: tf.Tensor4D, filter: tf.Tensor4D) =>
      conv2d(straightThrough(windowsOf(t, geometry)) as tf.Tensor4D, tf.reshape(filter, [1, 1, -1, 4]));
    const dy = randomTensor(plain(x, w).shape, random);
    const gradients = (f: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor) =>
      tf.grads(f as (...inputs: tf.Tensor[]) => tf.Tensor)([x, w], dy);
    const found = gradients((t, filter) => residualConv2d(t, filter, options));
    for (const [i, expected] of gradients(plain).entries()) {
      expect(tf.max(tf.abs(tf.sub(found[i], expected))).dataSync()[0]).toBeLessThan(1e-4);
    }
  });
});
