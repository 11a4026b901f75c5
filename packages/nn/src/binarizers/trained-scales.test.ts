import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { extraLosses } from '../extra-losses.js';
import { BinaryConv2d } from '../layers/binary-conv2d.js';
import { withOptions } from '../methods/options.js';
import { methods } from '../methods/table.js';
import { methodWarnings } from '../methods/warnings.js';
import { type AnyModule, inference } from '../module.js';
import { swish, swishSign } from './swish.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

const initial = { seed: 3, path: 'stage1.conv1' };
const channels = [1, 31, 33, 63, 65, 130];

/** Signs of `x` and `w` in a 1x1 convolution, in plain loops, times `scale` of each output. */
function slowPointwise(x: tf.Tensor4D, w: tf.Tensor, scale: ArrayLike<number>): number[] {
  const sign = (value: number) => (value >= 0 ? 1 : -1);
  const [inputs, outputs] = w.shape.slice(2);
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  return Array.from({ length: (xs.length / inputs) * outputs }, (_, at) => {
    const [pixel, o] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += sign(xs[pixel * inputs + i]) * sign(ws[i * outputs + o]);
    return sum * scale[o];
  });
}

function expectClose(actual: tf.Tensor, expected: readonly number[]): void {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(values[i] - value)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(value)));
  }
}

describe('BNN+ and XNOR-Net++', () => {
  test.each(channels)('%i channels: trained scales multiply plain sums of signs', (inChannels) => {
    for (const method of [methods.bnnplus, methods.xnorpp]) {
      const layer = new BinaryConv2d({ inChannels, outChannels: 3, kernelSize: 1, method }, initial);
      const [, alpha] = [...layer.ownParameters.values()];
      alpha.variable.assign(tf.tensor1d([0.5, -2, 3]));
      const x = tf.randomNormal<tf.Rank.R4>([1, 2, 3, inChannels], 0, 1, 'float32', 5);
      const y = layer.forward(x, inference);
      expectClose(y, slowPointwise(x, layer.weight.variable, alpha.variable.dataSync()));
    }
  });

  test('the slope of SwishSign is its derivative, and 0 where cosh would overflow', () => {
    const x = tf.tensor1d([-1.3, -0.4, -0.05, 0, 0.2, 0.7, 1.1]);
    const step = 1e-2;
    const difference = tf.div(tf.sub(swishSign(tf.add(x, step), 5), swishSign(tf.sub(x, step), 5)), 2 * step);
    const [slopes, expected] = [swish(5).derivative(x).dataSync(), difference.dataSync()];
    // The third derivative times step^2 / 6 is below 0.05 for b = 5.
    for (const [i, slope] of slopes.entries()) expect(Math.abs(slope - expected[i])).toBeLessThan(0.05);
    const far = swish(5)
      .derivative(tf.tensor1d([-1e30, 1e4, Number.POSITIVE_INFINITY]))
      .dataSync();
    for (const slope of far) expect(Math.abs(slope)).toBeLessThan(1e-30);
  });

  test('the regularizer is one loss of the model, weighted, and draws w and alpha together', () => {
    const method = withOptions(methods.bnnplus, { regularizer: 'R2', strength: 0.5 });
    const layer = new BinaryConv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, method }, initial);
    layer.weight.variable.assign(tf.tensor4d([-0.25], [1, 1, 1, 1]));
    [...layer.ownParameters.values()][1].variable.assign(tf.tensor1d([1.25]));
    const losses = extraLosses(layer as unknown as AnyModule, { training: true });
    expect(Object.values(losses).map((loss) => loss.dataSync()[0])).toEqual([0.5]); // 0.5 (1.25 - 0.25)^2
    const off = withOptions(methods.bnnplus, { regularizer: 'none' });
    const plain = new BinaryConv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, method: off }, initial);
    expect(extraLosses(plain as unknown as AnyModule, { training: true })).toEqual({});
  });

  test('scales over pixels need the size of the output, and refuse another', () => {
    const build = (options: Record<string, unknown>) =>
      new BinaryConv2d(
        { inChannels: 2, outChannels: 3, kernelSize: 3, method: withOptions(methods.xnorpp, options) },
        initial,
      );
    expect(() => build({ scale: 'dense' })).toThrow(/stage1.conv1: scale "dense" needs outputSize/);
    expect(() => build({ outputSize: [4] })).toThrow(/outputSize must be \[height, width\]/);
    for (const scale of ['dense', 'channel-map', 'channel-row-column']) {
      const layer = build({ scale, outputSize: [4, 5] });
      expect(layer.forward(tf.zeros([1, 4, 5, 2]), inference).shape).toEqual([1, 4, 5, 3]);
      expect(() => layer.forward(tf.zeros([1, 5, 5, 2]), inference)).toThrow(/trained for outputs of 4x5, got 5x5/);
      expect(methodWarnings(layer.method)).toHaveLength(1);
    }
  });
});

describe("BNN's stochastic activations", () => {
  const method = withOptions(methods.bnn, { stochastic: true });
  const layer = () => {
    const conv = new BinaryConv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, method }, initial);
    conv.weight.variable.assign(tf.tensor4d([1], [1, 1, 1, 1]));
    return conv;
  };
  const x = tf.fill<tf.Rank.R4>([1, 100, 100, 1], 0.5);

  test('+1 with probability (x + 1) / 2, the same draws for the same seed, the sign in inference', () => {
    const draw = (seed: number) => layer().forward(x, { training: true, random: new Random(seed) });
    // 10,000 draws of mean 0.5 and variance 0.75: five standard errors are 0.043.
    expect(Math.abs(tf.mean(draw(1)).dataSync()[0] - 0.5)).toBeLessThan(0.043);
    expect(draw(2).dataSync()).toEqual(draw(2).dataSync());
    expect(draw(2).dataSync()).not.toEqual(draw(3).dataSync());
    expect(new Set(layer().forward(x, inference).dataSync())).toEqual(new Set([1]));
  });
});
