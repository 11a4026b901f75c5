import '@tensorflow/tfjs-backend-cpu';
import { Parameter } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { latentValues, statisticsOf } from './statistics.js';

test('flips are changes of the bit, zero counting as +1; dead are gradients of exactly zero; real weights are left out', async () => {
  const parameter = new Parameter([5], Float32Array.of(1, -1, 0, -0, -2), { role: 'latent' });
  const real = new Parameter([1], Float32Array.of(1), { role: 'weight' });
  const trained: [string, Parameter][] = [
    ['latent', parameter],
    ['real', real],
  ];
  const before = await latentValues(trained);
  parameter.variable.assign(tf.tensor1d([-1, -1, -0, 5, 0]));
  const gradients = new Map([
    ['latent', tf.tensor1d([0, 1e-30, -0, 2, -3])],
    ['real', tf.zeros([1])],
  ]);
  expect(await statisticsOf(before, trained, gradients)).toEqual({
    flipRate: { latent: 2 / 5 },
    deadGradient: { latent: 2 / 5 },
  });
});
