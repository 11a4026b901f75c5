import { Parameter } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { compared, hasGolden } from '../../../test/golden.js';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { Optimizer } from '../src/optimizer.js';
import { expectClose, GoldenValues } from './golden-values.js';

const kind = 'training/lab.safetensors';

/** LAB's proximal step over one layer: scale `sum d |w| / sum d`, binary weights `scale sgn(w)`. */
function proximal(w: ArrayLike<number>, d: ArrayLike<number>): { scale: number; binary: number[] } {
  let [weighted, total] = [0, 0];
  for (let i = 0; i < w.length; i++) {
    weighted += d[i] * Math.abs(w[i]);
    total += d[i];
  }
  const scale = weighted / total;
  return { scale, binary: Array.from(w, (value) => (value >= 0 ? scale : -scale)) };
}

describe.skipIf(!hasGolden(kind))('loss-aware binarization: the curvature that Adam hands to a layer', () => {
  const runOn = (start: () => Promise<void>) =>
    test('a sequence of steps: weights, moments, and the scale of every forward pass', async () => {
      await start();
      const golden = new GoldenValues(kind);
      const shape = golden.shape('seq_w0');
      const weight = new Parameter(shape, Float32Array.from(golden.values('seq_w0')), { role: 'latent', clip: 1 });
      const curvature = weight.trackCurvature();
      const [beta1, beta2, rate] = ['seq_beta1', 'seq_beta2', 'seq_lr'].map((name) => golden.scalar(name));
      const optimizer = new Optimizer([['weight', weight]], { kind: 'adam', beta1, beta2, epsilonHat: true });
      const scales: number[] = [];
      for (let step = 0; step < golden.shape('seq_grad')[0]; step++) {
        const { scale, binary } = proximal(await weight.variable.data(), await curvature.data());
        scales.push(scale);
        expectClose(binary, golden.row('seq_w_hat', step), 'seq_w_hat');
        const gradient = tf.tensor(Float32Array.from(golden.row('seq_grad', step)), [...shape]);
        optimizer.step(new Map([['weight', gradient]]), rate);
        expectClose(await weight.variable.data<'float32'>(), golden.row('seq_w', step), 'seq_w');
        const { slots } = await optimizer.state();
        for (const [slot, name] of Object.entries({ firstMoment: 'seq_m', secondMoment: 'seq_v' })) {
          expectClose(slots.get(slot)!.get('weight')!.data as Float32Array, golden.row(name, step), name);
        }
      }
      expectClose(scales, golden.values('seq_alpha'), 'seq_alpha');
      compared(kind, golden.count);
    });
  eachBackEnd(runOn, ['cpu', 'native']);

  test('plain gradient descent has no second moment to hand over, and says so', () => {
    const weight = new Parameter([2], Float32Array.of(1, -1), { role: 'latent' });
    weight.trackCurvature();
    expect(() => new Optimizer([['conv.weight', weight]], { kind: 'sgd' })).toThrow(
      'the layer of conv.weight weighs its weights by the second moment',
    );
  });
});
