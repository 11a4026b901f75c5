import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradientLevels, quantizeGradient } from './gradient-levels.js';
import { ternarize } from './ternary-weight.js';
import { toBits } from './uniform-levels.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function normals(shape: number[], seed: number): tf.Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

describe('levels', () => {
  test('weights of k bits have at most 2^k levels, the largest |w| at an end, and zeros stay finite', () => {
    for (const bits of [2, 4]) {
      const w = normals([3, 3, 5, 7], bits);
      const values = toBits(w, bits).dataSync();
      expect(new Set(values).size).toBeLessThanOrEqual(2 ** bits);
      expect(Math.max(...values.map(Math.abs))).toBe(1);
    }
    expect(
      toBits(tf.zeros([2, 2]), 2)
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  test('ternary weights against plain loops', () => {
    const w = normals([3, 3, 4, 5], 9) as tf.Tensor4D;
    const [latent, actual] = [w.dataSync(), ternarize(w).dataSync()];
    for (let o = 0; o < 5; o++) {
      const filter = [...latent].filter((_, i) => i % 5 === o);
      const threshold = (0.7 * filter.reduce((sum, v) => sum + Math.abs(v), 0)) / filter.length;
      const kept = filter.filter((v) => Math.abs(v) > threshold);
      const scale = kept.reduce((sum, v) => sum + Math.abs(v), 0) / kept.length;
      const expected = filter.map((v) => (Math.abs(v) > threshold ? Math.sign(v) * scale : 0));
      for (const [i, value] of expected.entries()) expect(actual[i * 5 + o]).toBeCloseTo(value, 5);
    }
  });
});

describe('gradients of k bits', () => {
  test('without noise they are the nearest levels of each sample', () => {
    const gradient = normals([3, 4, 2], 5);
    const actual = quantizeGradient(gradient, 2).dataSync();
    const samples = [...gradient.dataSync()];
    for (const [i, value] of samples.entries()) {
      const start = 8 * Math.floor(i / 8);
      const r = Math.max(...samples.slice(start, start + 8).map(Math.abs));
      const level = [-1, -1 / 3, 1 / 3, 1]
        .map((l) => l * r)
        .toSorted((a, b) => Math.abs(a - value) - Math.abs(b - value))[0];
      expect(actual[i]).toBeCloseTo(level, 5);
    }
    expect([...quantizeGradient(tf.zeros([2, 3]), 2).dataSync()].every(Number.isFinite)).toBe(true);
  });

  test('the noise makes them right on average, and the same seed makes the same noise', () => {
    const scaling = gradientLevels(2).build({
      geometry: undefined as never,
      where: 'test',
      weights: () => expect.unreachable(),
      parameter: () => expect.unreachable(),
    });
    const x = tf.zeros([1, 1, 1, 3]) as tf.Tensor4D;
    const upstream = tf.tensor4d([1, 0.4, -0.2], [1, 1, 1, 3]);
    const quantized = (seed: number) =>
      tf
        .grad((t) => scaling(t as tf.Tensor4D, x, { training: true, random: new Random(seed) }))(x, upstream)
        .dataSync();
    expect(quantized(4)).toEqual(quantized(4));
    const draws = Array.from({ length: 400 }, (_, seed) => quantized(seed));
    for (const [i, value] of [1, 0.4, -0.2].entries()) {
      const mean = draws.reduce((sum, draw) => sum + draw[i], 0) / draws.length;
      // Levels 2/3 apart: the deviation of one draw is at most 1/3, of the mean of 400 at most 1/60; 4 of these.
      expect(Math.abs(mean - value)).toBeLessThan(4 / 60);
    }
  });
});
