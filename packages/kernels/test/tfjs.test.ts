import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BinaryConv2dOptions,
  binaryConv2d,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  type Estimator,
  estimators,
  registerBinaryOps,
} from '../src/tfjs/index.js';
import { referenceBackendName, registerReferenceBackend } from './reference-backend.js';
import { given, made, map, onBitsSuite, type Run, results } from './tfjs-suite.js';

beforeAll(() => {
  registerBinaryOps();
  registerBinaryOps(); // again does no harm
  registerReferenceBackend();
});

onBitsSuite(referenceBackendName, () => {
  registerReferenceBackend();
  tf.setBackend(referenceBackendName);
});

const options: BinaryConv2dOptions = {
  padValue: 1,
  activation: { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 },
  weight: { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 },
};

describe.each(['cpu', referenceBackendName])('on %s', (backend) => {
  test('the trained scale: y is linear in it, and its gradient is the sum of dy times the unscaled output', () => {
    const inputs = [given([2, 5, 5, 7], 1), given([3, 3, 7, 4], 2), given([4], 3)];
    const scaled: Run = (x, w, scale) => binaryConv2d(map(x), map(w), options, scale);
    const [y, , , dScale] = results(backend, scaled, inputs);
    const plain = results(backend, (x, w) => binaryConv2d(map(x), map(w), options), inputs.slice(0, 2))[0];
    const dy = given([2, 5, 5, 4], 99).values;
    const expected = [0, 0, 0, 0];
    plain.forEach((v, i) => {
      expect(y[i]).toBeCloseTo(v * inputs[2].values[i % 4], 4);
      expected[i % 4] += v * dy[i];
    });
    for (const [o, v] of expected.entries()) expect(dScale[o]).toBeCloseTo(v, 3);
  });

  test('a tensor in several terms gets the gradients of all of them', () => {
    const [x, w] = [given([1, 4, 4, 33], 1), given([3, 3, 33, 2], 2)];
    const twice: Run = (a, b) =>
      binaryConv2dSum(
        [
          { x: map(a), w: map(b) },
          { x: map(a), w: map(b) },
        ],
        options,
      );
    const once: Run = (a, b) => binaryConv2d(map(a), map(b), options);
    const [single, double] = [results(backend, once, [x, w]), results(backend, twice, [x, w])];
    expect(double).toEqual(single.map((values) => values.map((v) => v * 2)));
  });

  test('names what does not fit', () => {
    tf.setBackend(backend);
    const [x, w, scale] = [tf.zeros([1, 4, 4, 3]), tf.zeros([3, 3, 3, 2]), tf.zeros([3])] as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor,
    ];
    const narrow = tf.zeros([3, 3, 2, 2]) as tf.Tensor4D;
    expect(() => binaryConv2dSum([], options)).toThrow('at least one term');
    expect(() => binaryConv2d(x, w, options, scale)).toThrow('scale must be [2], [1] or [], got [3]');
    expect(() =>
      binaryConv2dSum(
        [
          { x, w },
          { x, w, scale },
        ],
        options,
      ),
    ).toThrow('all terms must have');
    expect(() =>
      binaryConv2dSum(
        [
          { x, w },
          { x: w, w },
        ],
        options,
      ),
    ).toThrow('x must be');
    expect(() => binaryDepthwiseConv2d(x, narrow, options)).toThrow('w must be [kh, kw, 3, m]');
    tf.dispose([x, w, scale, narrow]);
  });
});

test('training keeps a bit for each sign and a bit for each slope in place of the activations', () => {
  tf.setBackend(referenceBackendName);
  const [x, w] = [made(given([1, 8, 8, 64], 1)), made(given([3, 3, 64, 8], 2))];
  /** Bytes alive between the passes, when nobody else holds the activations. */
  const kept = (estimator: Estimator) => {
    let bytes = 0;
    tf.tidy(() => {
      const before = tf.memory().numBytes;
      const f: Run = (a, b) => {
        const y = tf.tidy(() =>
          binaryConv2d(map(tf.add(a, 1)), map(b), { ...options, activation: { ...options.activation, estimator } }),
        );
        bytes = tf.memory().numBytes - before - 4 * y.size;
        return y;
      };
      const dy = tf.ones([1, 8, 8, 8]);
      tf.grad((b: tf.Tensor) => f(x, b))(w, dy);
      bytes -= dy.size * 4;
    });
    return bytes;
  };
  const floats = x.size * 4;
  // The packed filter and its scales are kept too: 8 x 9 x 2 words and 8 floats; and a clone of the weights, which costs nothing but is counted.
  const ofWeights = 8 * 9 * 2 * 4 + 8 * 4 + w.size * 4;
  expect(kept(estimators.identity)).toBe(floats / 32 + ofWeights);
  expect(kept(estimators.clip)).toBe(floats / 16 + ofWeights);
  expect(kept(estimators.tri)).toBe(floats + floats / 32 + ofWeights);
  tf.dispose([x, w]);
});
