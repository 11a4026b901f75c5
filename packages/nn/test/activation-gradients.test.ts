import { tf } from '@onebit/ops';
import '@tensorflow/tfjs-backend-cpu';
import { registerGradients } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../../ops/src/finite-differences.js';
import {
  type SmoothSignName,
  smoothActivation,
  smoothEstimator,
  smoothSign,
  smoothSigns,
} from '../src/binarizers/smooth.js';
import { targetLosses } from '../src/binarizers/target-propagation.js';
import { inference, ModuleBuilder, type Precision } from '../src/index.js';
import { activationGradients } from '../src/methods/activation-gradients.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const names = Object.keys(smoothSigns) as SmoothSignName[];
const layerOf = (precision: Precision) =>
  new ModuleBuilder({ plan: [{ match: '**', precision }], seed: 1 }).conv('layer', {
    inChannels: 3,
    outChannels: 2,
    kernelSize: 3,
  });

describe('smooth signs', () => {
  test.each(names)('%s: the gradient is that of the value', (name) => {
    for (const lambda of [0.5, 1, 4]) checkGradient((x) => smoothSign(x, name, lambda), [random([4, 5], 3)]);
  });

  test.each(names)('%s: bounded, odd, and the sign in the limit', (name) => {
    const x = tf.tensor1d([-3, -1e-3, 1e-3, 3]);
    const [a, b, c, d] = smoothSign(x, name, 2 ** 16).dataSync();
    expect([a, d].map(Math.round)).toEqual([-1, 1]);
    expect([a + d, b + c].every((sum) => Math.abs(sum) < 1e-6)).toBe(true);
    expect(Math.abs(b)).toBeLessThanOrEqual(1);
  });

  test.each(names)('%s: no slope is NaN however steep', (name) => {
    const slopes = smoothEstimator(name, 2 ** 16)
      .derivative(tf.tensor1d([-1e6, -1, 0, 1e-20, 1, 1e6]))
      .dataSync();
    expect([...slopes].every((slope) => Number.isFinite(slope) && slope >= 0)).toBe(true);
  });

  test('an activation is nearly real at the start, sharp at the end, and the exact sign in inference', () => {
    const layer = layerOf({ method: 'bnn', activationGradient: 'smooth-tanh' });
    const exact = layerOf('bnn');
    const x = random([1, 4, 4, 3], 5) as tf.Tensor4D;
    const distance = (progress: number) => {
      const y = layer.forward(x, { training: true, progress });
      return tf.mean(tf.abs(tf.sub(y, exact.forward(x, inference)))).dataSync()[0];
    };
    expect(layer.forward(x, inference).dataSync()).toEqual(exact.forward(x, inference).dataSync());
    expect(distance(0)).toBeGreaterThan(0.1);
    expect(distance(1)).toBeLessThan(0.1 * distance(0));
    expect(smoothActivation({ sign: 'tanh', first: 1, last: 8 }).bits).toBe(1);
  });
});

describe('losses of targets', () => {
  test.each(Object.values(targetLosses))('$name: the slope is that of the value', ({ value, slope }) => {
    const margin = random([12], 4);
    const gradient = tf.neg(tf.grad((m) => value(m))(margin)).dataSync();
    for (const [i, expected] of slope(margin).dataSync().entries()) expect(gradient[i]).toBeCloseTo(expected, 5);
  });
});

describe('the option activationGradient', () => {
  test.each(Object.keys(activationGradients))('%s: same signs, finite gradients', (activationGradient) => {
    const layer = layerOf({ method: 'bireal', activationGradient });
    const x = random([2, 4, 4, 3], 5) as tf.Tensor4D;
    const other = layerOf('bireal').forward(x, inference).dataSync();
    for (const [i, y] of layer.forward(x, inference).dataSync().entries()) expect(y).toBeCloseTo(other[i], 5);
    const gradient = tf
      .grad((a) => layer.forward(a as tf.Tensor4D, { training: true, progress: 0.5 }))(x)
      .dataSync();
    expect(gradient.some((g) => g !== 0)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test('refuses unknown names, listing what there is, and real activations', () => {
    expect(() => layerOf({ method: 'bireal', activationGradient: 'cosine' })).toThrow(/identity, clip, tri, ramp/);
    expect(() => layerOf({ method: 'bireal', activationGradient: 'tri', activations: 'real' })).toThrow(
      /binary activations/,
    );
  });
});
