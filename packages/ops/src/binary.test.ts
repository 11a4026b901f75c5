import '@tensorflow/tfjs-backend-cpu';
import {
  type ActivationQuantizer,
  type BinaryConv2dOptions,
  binarize,
  binarizeWeight,
  binaryConv2d,
  conv2d,
  estimators,
  type WeightQuantizer,
} from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { random } from './finite-differences.js';
import { registerGradients } from './gradients/register.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const special = [-2, -1.0000001, -1, -0.9999999, -0.5, -0, 0, 1e-30, 0.5, 0.9999999, 1, 1.0000001, 2];
const numbers = (t: tf.Tensor) => [...t.dataSync()];
const pm1 = (signOfZero: 0 | 1 = 1): ActivationQuantizer => ({ levels: 'pm1', estimator: estimators.clip, signOfZero });

describe('binarize', () => {
  test('sign: +1 from -0 on, or 0 at 0 in parity mode; {0, 1}: 1 above 0', () => {
    const x = tf.tensor1d(special);
    expect(numbers(binarize(x, pm1()))).toEqual(special.map((v) => (v >= 0 ? 1 : -1)));
    expect(numbers(binarize(x, pm1(0))).map((v) => v + 0)).toEqual(special.map((v) => Math.sign(v) + 0));
    expect(numbers(binarize(x, { ...pm1(), levels: 'zero-one' }))).toEqual(special.map((v) => (v > 0 ? 1 : 0)));
  });
  test('NaN becomes -1', () => {
    expect(numbers(binarize(tf.tensor1d([Number.NaN]), pm1()))).toEqual([-1]);
  });
  const slopes: [keyof typeof estimators, (x: number) => number][] = [
    ['identity', () => 1],
    ['clip', (x) => (Math.abs(x) <= 1 ? 1 : 0)],
    ['clipOpen', (x) => (Math.abs(x) < 1 ? 1 : 0)],
    ['tri', (x) => Math.max(0, 2 - 2 * Math.abs(x))],
  ];
  test.for(slopes)('estimator %s by its formula, at its edges too', ([name, slope]) => {
    const float = Float32Array.from(special);
    const dx = tf.grad((t) => tf.mul(binarize(t, { ...pm1(), estimator: estimators[name] }), 3))(tf.tensor1d(special));
    for (const [i, value] of numbers(dx).entries()) expect(value).toBeCloseTo(3 * slope(float[i]), 6);
  });
  test('takes any estimator', () => {
    const half = { name: 'half', derivative: (x: tf.Tensor) => tf.mul(tf.onesLike(x), 0.5) };
    expect(numbers(tf.grad((t) => binarize(t, { ...pm1(), estimator: half }))(tf.tensor1d([5])))).toEqual([0.5]);
  });
});

describe('binarizeWeight', () => {
  const w = [0.5, -1, 0, 3, -1.5, 0.25]; // [3, 2]: filters 0.5, 0, -1.5 and -1, 3, 0.25
  const g = [1, 2, 3, 4, 5, 6];
  const run = (quantizer: WeightQuantizer) => {
    const weights = tf.tensor2d(w, [3, 2]);
    const upstream = tf.tensor2d(g, [3, 2]);
    return {
      value: numbers(binarizeWeight(weights, quantizer)),
      gradient: numbers(tf.grad((t) => tf.mul(binarizeWeight(t, quantizer), upstream))(weights)),
    };
  };
  const [a0, a1] = [2 / 3, 4.25 / 3];
  const close = (actual: number[], expected: number[]) => {
    for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i], 5);
  };

  test('scales: none, mean of the filter, mean of the layer', () => {
    expect(run({ scale: 'none', gradient: 'identity', signOfZero: 1 }).value).toEqual([1, -1, 1, 1, -1, 1]);
    close(run({ scale: 'filter-mean', gradient: 'identity', signOfZero: 1 }).value, [a0, -a1, a0, a1, -a0, a1]);
    const a = 6.25 / 6;
    close(run({ scale: 'layer-mean', gradient: 'identity', signOfZero: 0 }).value, [a, -a, 0, a, -a, a]);
  });
  test('gradients: unchanged, clipped, through the scale', () => {
    expect(run({ scale: 'filter-mean', gradient: 'identity', signOfZero: 1 }).gradient).toEqual(g);
    expect(run({ scale: 'filter-mean', gradient: 'clip', signOfZero: 1 }).gradient).toEqual([1, 2, 3, 0, 0, 6]);
    const [m0, m1] = [(1 + 0 - 5) / 3, (-2 + 4 + 6) / 3];
    const chain = [a0 + m0, 2 * a1 - m1, 3 * a0, 4 * a1 + m1, 5 * a0 - m0, 6 * a1 + m1];
    close(run({ scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 0 }).gradient, chain);
    const [layer, m] = [6.25 / 6, (1 - 2 + 4 - 5 + 6) / 6];
    const whole = [layer + m, 2 * layer - m, 3 * layer, 4 * layer + m, 5 * layer - m, 6 * layer + m];
    close(run({ scale: 'layer-mean', gradient: 'scale-chain', signOfZero: 0 }).gradient, whole);
  });
});

describe('binaryConv2d', () => {
  const configuration = fc.record({
    n: fc.integer({ min: 1, max: 2 }),
    size: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    c: fc.constantFrom(1, 2, 31, 33),
    o: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 2 }),
    k: fc.integer({ min: 1, max: 3 }),
    strides: fc.integer({ min: 1, max: 2 }),
    dilations: fc.integer({ min: 1, max: 2 }),
    padValue: fc.constantFrom(0 as const, 1 as const, -1 as const),
    levels: fc.constantFrom('pm1' as const, 'zero-one' as const),
    signOfZero: fc.constantFrom(0 as const, 1 as const),
    scale: fc.constantFrom('none' as const, 'filter-mean' as const, 'layer-mean' as const),
    gradient: fc.constantFrom('identity' as const, 'clip' as const, 'scale-chain' as const),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  });

  test('equals the composition of its parts, forward and gradients', () => {
    fc.assert(
      fc.property(configuration, ({ n, size, c, o, groups, k, seed, levels, signOfZero, scale, gradient, ...q }) => {
        const options: BinaryConv2dOptions = {
          ...q,
          activation: { levels, signOfZero, estimator: estimators.tri },
          weight: { scale, gradient, signOfZero: 1 },
        };
        const x = tf.round(random([n, ...size, c * groups], seed)) as tf.Tensor4D;
        const w = random([k, k, c, o * groups], seed + 1) as tf.Tensor4D;
        const extent = (k - 1) * q.dilations + 1;
        const pads = size.map((s) => Math.max(0, (Math.ceil(s / q.strides) - 1) * q.strides + extent - s));
        const composed = (a: tf.Tensor4D, b: tf.Tensor4D) => {
          const [top, left] = pads.map((p) => Math.floor(p / 2));
          const padded = tf.pad(
            binarize(a, options.activation),
            [
              [0, 0],
              [top, pads[0] - top],
              [left, pads[1] - left],
              [0, 0],
            ],
            q.padValue,
          );
          return conv2d(padded as tf.Tensor4D, binarizeWeight(b, options.weight), { ...q, padding: 'valid' });
        };
        const fused = tf.valueAndGrads((a, b) => {
          const y = binaryConv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
          return tf.sum(tf.mul(y, random(y.shape, 7)));
        })([x, w]);
        const plain = tf.valueAndGrads((a, b) => {
          const y = composed(a as tf.Tensor4D, b as tf.Tensor4D);
          return tf.sum(tf.mul(y, random(y.shape, 7)));
        })([x, w]);
        [fused.value, ...fused.grads].forEach((t, i) => {
          const expected = numbers([plain.value, ...plain.grads][i]);
          const scaleOf = 1 + Math.max(...expected.map(Math.abs));
          for (const [j, v] of numbers(t).entries()) expect(Math.abs(v - expected[j])).toBeLessThan(1e-5 * scaleOf);
        });
      }),
      { numRuns: 25 },
    );
  });

  test('sums of signs are whole numbers times the scale, exactly', () => {
    const x = random([1, 5, 5, 65], 3) as tf.Tensor4D;
    const w = random([3, 3, 65, 4], 4) as tf.Tensor4D;
    const weight = { scale: 'filter-mean', gradient: 'identity', signOfZero: 1 } as const;
    const scaled = numbers(binaryConv2d(x, w, { padValue: 1, activation: pm1(), weight }));
    const sums = numbers(binaryConv2d(x, w, { padValue: 1, activation: pm1(), weight: { ...weight, scale: 'none' } }));
    const scales = numbers(tf.mean(tf.abs(w), [0, 1, 2]));
    expect(sums.every(Number.isInteger)).toBe(true);
    expect(scaled).toEqual(sums.map((sum, i) => Math.fround(sum * scales[i % 4])));
  });
});
