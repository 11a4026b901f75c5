import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { WeightAverage } from '../src/average.js';
import { withoutLeak } from './helpers.js';
import { TinyModel } from './tiny.mjs';

const fill = (variable: tf.Variable, value: number) => tf.tidy(() => variable.assign(tf.fill(variable.shape, value)));

describe('WeightAverage', () => {
  test('follows a <- d a + (1 - d) w with the rising decay, for weights and running statistics', async () => {
    await withoutLeak(async () => {
      const model = new TinyModel();
      fill(model.out.weight.variable, 2);
      fill(model.norm1.mean, 2);
      const average = new WeightAverage(model, { decay: 0.5 });
      let expected = 2;
      for (let n = 1; n <= 12; n++) {
        fill(model.out.weight.variable, n);
        fill(model.norm1.mean, n);
        average.update(n);
        const d = Math.min(0.5, (1 + n) / (10 + n));
        expected = d * expected + (1 - d) * n;
      }
      for (const name of ['out.weight', 'norm1.mean']) {
        // 1e-5: twelve float32 roundings of numbers up to 12.
        for (const value of (await average.state()).get(name)!.data as Float32Array)
          expect(value).toBeCloseTo(expected, 5);
      }
      average.dispose();
      model.dispose();
    });
  });

  test('lends its weights to an action and gives the trained ones back, also when the action fails', async () => {
    await withoutLeak(async () => {
      const model = new TinyModel();
      const { variable } = model.out.weight;
      fill(variable, 1);
      const average = new WeightAverage(model, { decay: 0.9 });
      fill(variable, 3);
      expect(await average.during(async () => variable.dataSync()[0])).toBe(1);
      expect(variable.dataSync()[0]).toBe(3);
      const failing = average.during(async () => {
        throw new Error('in between');
      });
      await expect(failing).rejects.toThrow('in between');
      expect(variable.dataSync()[0]).toBe(3);
      expect((await average.state()).get('out.weight')!.data[0]).toBe(1);
      average.dispose();
      model.dispose();
    });
  });

  test('is restored from its state', async () => {
    const model = new TinyModel();
    const first = new WeightAverage(model, { decay: 0.9 });
    fill(model.out.weight.variable, 5);
    first.update(1);
    const second = new WeightAverage(model, { decay: 0.9 });
    second.load(await first.state());
    expect(await second.state()).toEqual(await first.state());
  });
});
