import '@tensorflow/tfjs-backend-cpu';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { BinaryConv2d } from '../layers/binary-conv2d.js';
import { methods } from '../methods/table.js';
import { annealedSign } from './annealed-sign.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

/** One weight for each input channel, on an input of ones: the output is the sum of the weights as the layer uses them. */
function layer(weights: readonly number[], cold: number) {
  const weight = annealedSign({ temperature: (progress) => 1 - progress, cold });
  const method = { ...methods.bnext, weight };
  const conv = new BinaryConv2d(
    { inChannels: weights.length, outChannels: 1, kernelSize: 1, method },
    { seed: 0, path: '' },
  );
  const [, latent] = conv.namedParameters().find(([name]) => name === 'weight')!;
  latent.variable.assign(tf.tensor(Float32Array.from(weights), [...latent.shape]));
  const ones = tf.ones<tf.Rank.R4>([1, 1, 1, weights.length]);
  const sum = (progress?: number) =>
    tf.tidy(() => conv.forward(ones, { training: progress !== undefined, progress }).dataSync()[0]);
  return { conv, latent, ones, sum };
}

describe('signs that cool down', () => {
  test('weights are clamp(w / T) while warm and signs below the limit, at the end and in inference', () => {
    const { sum } = layer([0.1, -0.3, 2, 0], 0.25);
    expect(sum(0)).toBeCloseTo(0.1 - 0.3 + 1, 6); // T = 1
    expect(sum(0.5)).toBeCloseTo(0.2 - 0.6 + 1, 6); // T = 1/2
    for (const progress of [0.8, 1, undefined]) expect(sum(progress)).toBe(2); // + - + +
  });

  test('the gradient passes unchanged at every temperature', () => {
    const { conv, latent, ones } = layer([0.1, -0.3, 2, 0], 0.25);
    for (const progress of [0, 0.5, 1]) {
      const loss = () => tf.sum<tf.Scalar>(conv.forward(ones, { training: true, progress }));
      const { grads } = tf.variableGrads(loss, [latent.variable]);
      expect([...grads[latent.variable.name].dataSync()]).toEqual([1, 1, 1, 1]);
    }
  });
});
