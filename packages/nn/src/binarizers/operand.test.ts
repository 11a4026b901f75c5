import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import {
  type ActivationQuantizer,
  binarizeWeight,
  conv2d,
  estimators,
  type PadValue,
  registerGradients,
  tf,
  type WeightQuantizer,
} from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { convGeometry } from '../layers/geometry.js';
import { type ActivationOperand, convolveOperands, type SignTerm, type WeightOperand } from './operand.js';

const activation: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 };
const weight: WeightQuantizer = { scale: 'filter-mean', gradient: 'clip', signOfZero: 1 };

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function randomTensor(shape: readonly number[], random: Random): tf.Tensor4D {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, () => random.normal());
  return tf.tensor<tf.Rank.R4>(values, shape as [number, number, number, number]);
}

const cases = fc.record({
  channels: fc.constantFrom(1, 3, 31, 33, 65),
  out: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padValue: fc.constantFrom<PadValue>(-1, 0, 1),
  activationTerms: fc.integer({ min: 1, max: 2 }),
  weightTerms: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(1000),
});

function signsOf(latent: tf.Tensor4D): tf.Tensor4D {
  return tf.sub(tf.mul(tf.cast(tf.greaterEqual(latent, 0), 'float32'), 2), 1);
}

/** Signs of each term with their border, times its factor. */
function mapOf(terms: readonly SignTerm[], border: number, padValue: PadValue): tf.Tensor4D {
  const parts = terms.map(({ latent, factor = tf.scalar(1) }) => {
    const sides: [number, number][] = [
      [0, 0],
      [border, border],
      [border, border],
      [0, 0],
    ];
    return tf.mul(tf.pad(signsOf(latent), sides, padValue), factor) as tf.Tensor4D;
  });
  return tf.addN(parts) as tf.Tensor4D;
}

/** Signs of each term with the scale of their filter, times its factor. */
function weightsOf(terms: readonly SignTerm[]): tf.Tensor4D {
  const parts = terms.map(({ latent, factor = tf.scalar(1) }) => {
    const scale = tf.mean(tf.abs(latent), [0, 1, 2], true);
    return tf.mul(tf.mul(signsOf(latent), scale), factor) as tf.Tensor4D;
  });
  return tf.addN(parts) as tf.Tensor4D;
}

describe('convolveOperands', () => {
  test('signs on both sides or on one give the convolution of the numbers they stand for', () => {
    fc.assert(
      fc.property(cases, ({ channels, out, stride, dilation, padValue, activationTerms, weightTerms, seed }) => {
        const worst = tf.tidy(() => {
          const random = new Random(seed);
          const geometry = convGeometry('test', {
            inChannels: channels,
            outChannels: out,
            kernelSize: 3,
            stride,
            dilation,
          });
          const terms = (count: number, shape: readonly number[], factors: readonly number[]): SignTerm[] =>
            Array.from({ length: count }, () => ({
              latent: randomTensor(shape, random),
              factor: count === 1 ? undefined : tf.reshape(randomTensor([1, 1, 1, ...factors], random), [...factors]),
            }));
          const xs = terms(activationTerms, [2, 7, 6, channels], []);
          const ws = terms(weightTerms, [3, 3, channels, out], [out]);
          const signs: [ActivationOperand, WeightOperand] = [
            { kind: 'signs', quantizer: activation, terms: xs },
            { kind: 'signs', quantizer: weight, terms: ws },
          ];
          const filter: WeightOperand = { kind: 'real', value: weightsOf(ws) };
          const map = mapOf(xs, dilation, padValue);
          const expected = conv2d(map, filter.value, { strides: stride, dilations: dilation, padding: 'valid' });
          const others = [signs, [signs[0], filter]] as const;
          return others.map(([x, w]) => {
            const y = convolveOperands(x, w, { geometry, padValue });
            return tf.max(tf.div(tf.abs(tf.sub(y, expected)), tf.add(1, tf.abs(expected)))).dataSync()[0];
          });
        });
        // Sums of up to 6 x 585 products of order 1, in two orders.
        for (const difference of worst) expect(difference).toBeLessThan(2e-4);
      }),
      { numRuns: 30 },
    );
  });

  test('windows laid side by side, which convolve themselves, give the convolution of the map they were cut from', () => {
    tf.tidy(() => {
      const random = new Random(3);
      const geometry = convGeometry('test', { inChannels: 5, outChannels: 4, kernelSize: 3, padding: 0 });
      const x = randomTensor([2, 6, 7, 5], random);
      const w: WeightOperand = { kind: 'real', value: randomTensor([3, 3, 5, 4], random) };
      const rows = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => tf.slice(x, [0, i, j, 0], [2, 4, 5, 5])));
      const side = tf.concat(rows, 3) as tf.Tensor4D;
      const convolve = (filter: tf.Tensor4D) => conv2d(side, tf.reshape(filter, [1, 1, 45, 4]));
      const windows: ActivationOperand = { kind: 'windows', convolve };
      const expected = convolveOperands({ kind: 'real', value: x }, w, { geometry, padValue: 0 });
      const y = convolveOperands(windows, w, { geometry, padValue: 0 });
      expect(tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0]).toBeLessThan(1e-4);
    });
  });

  test('gradients of latents and factors do not depend on the way the product is formed', () => {
    const random = new Random(8);
    const geometry = convGeometry('test', { inChannels: 6, outChannels: 3, kernelSize: 3 });
    const [x, w] = [randomTensor([1, 4, 4, 6], random), randomTensor([3, 3, 6, 3], random)];
    const factor = tf.tensor1d([0.5, 2, 1.5]);
    const gradients = (weights: (latent: tf.Tensor4D, factor: tf.Tensor) => WeightOperand) =>
      tf.grads((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
        const left: ActivationOperand = { kind: 'signs', quantizer: activation, terms: [{ latent: a as tf.Tensor4D }] };
        return tf.sum(tf.square(convolveOperands(left, weights(b as tf.Tensor4D, c), { geometry, padValue: 0 })));
      })([x, w, factor]);
    const asSigns = gradients((latent, c) => ({ kind: 'signs', quantizer: weight, terms: [{ latent, factor: c }] }));
    const asNumbers = gradients((latent, c) => ({ kind: 'real', value: tf.mul(binarizeWeight(latent, weight), c) }));
    for (const [i, gradient] of asSigns.entries()) {
      const expected = asNumbers[i].dataSync();
      expect(expected.some((value) => value !== 0)).toBe(true);
      for (const [k, value] of gradient.dataSync().entries()) expect(value).toBeCloseTo(expected[k], 3);
    }
  });
});
