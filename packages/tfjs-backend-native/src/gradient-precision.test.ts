import { loadNative } from '@onebit/kernels';
import { binaryConv2d, estimators } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nativeAvailable, startNative } from './conformance.js';
import { gradientPrecision, setGradientPrecision } from './gradient-precision.js';

describe.skipIf(!nativeAvailable())('setGradientPrecision', () => {
  beforeAll(async () => {
    await startNative();
  });
  afterEach(() => setGradientPrecision('fp32'));

  /** Gradients of a binary convolution at seeded normal numbers. */
  function gradients(): Float32Array[] {
    return tf.tidy(() => {
      const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
      const f = (x: tf.Tensor, w: tf.Tensor) =>
        binaryConv2d(x as tf.Tensor4D, w as tf.Tensor4D, {
          padValue: 0,
          activation: { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 },
          weight: { scale: 'filter-mean', gradient: 'clip', signOfZero: 1 },
        });
      const inputs = [normal([2, 8, 8, 64], 1), normal([3, 3, 64, 64], 2)];
      return tf
        .grads(f)(inputs, normal([2, 8, 8, 64], 3))
        .map((t) => t.dataSync<'float32'>());
    });
  }

  test('fp32 is the default; names are checked', () => {
    expect(gradientPrecision()).toBe('fp32');
    expect(() => setGradientPrecision('fp16' as 'bf16')).toThrow('unknown');
    expect(gradientPrecision()).toBe('fp32');
  });

  test('bf16 is near fp32 where the machine has it, and an error where not', () => {
    if (!loadNative().bf16Gradients()) {
      expect(() => setGradientPrecision('bf16')).toThrow('AVX512-BF16');
      return;
    }
    const exact = gradients();
    setGradientPrecision('bf16');
    const rounded = gradients();
    for (const [i, values] of exact.entries()) {
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const furthest = values.reduce((most, v, j) => Math.max(most, Math.abs(v - rounded[i][j])), 0);
      // 8 bits of each operand; errors of many add up like a random walk.
      expect(furthest).toBeGreaterThan(0);
      expect(furthest).toBeLessThan(2 ** -8 * largest);
    }
  });
});
