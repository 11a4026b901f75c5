import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizationReference } from '../../reference/vector/normalization.js';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, innerProduct, randomFloats, unwritten, withEverySet } from './testing.js';

const channelCounts = [1, 2, 3, 4, 7, 16, 31, 33, 63, 64, 65, 130];
const tolerance = { relative: 1e-5, absolute: 1e-5 };

/** As long as x, and per channel twice. */
type Outputs = [Float32Array, Float32Array, Float32Array];

function inputs(rows: number, channels: number, seed: number) {
  const x = randomFloats(rows * channels, seed).map((value, i) => value * (1 + (i % channels)) + (i % channels) - 3);
  return {
    x,
    dy: randomFloats(rows * channels, seed + 1),
    gamma: randomFloats(channels, seed + 2),
    beta: randomFloats(channels, seed + 3),
  };
}

function statistics(x: Float32Array, channels: number) {
  const [mean, variance] = [new Float32Array(channels), new Float32Array(channels)];
  const ones = new Float32Array(channels).fill(1);
  normalizationReference.batchNormTrain(x, channels, ones, ones, 0.1, new Float32Array(x.length), mean, variance);
  return { mean, variance };
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom(...channelCounts), fc.nat());

describe.skipIf(!nativeReport().available)('batch normalization', () => {
  test('training forward equals the reference', () => {
    fc.assert(
      fc.property(sizes, ([rows, channels, seed]) => {
        const { x, gamma, beta } = inputs(rows, channels, seed);
        const outputs: Outputs = [unwritten(x.length), unwritten(channels), unwritten(channels)];
        compareWithReference(
          (kernels, y, mean, variance) => kernels.batchNormTrain(x, channels, gamma, beta, 1e-3, y, mean, variance),
          outputs,
          // A channel of one row has variance 0 and multiplies rounding by 1/sqrt(epsilon).
          { relative: 1e-5, absolute: 1e-4 },
        );
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    [20_000, 7],
    [3001, 64],
    [700, 513],
    [129, 1500],
  ])('large inputs in blocks: %i rows of %i channels', (rows, channels) => {
    const { x, dy, gamma, beta } = inputs(rows, channels, 1);
    const outputs: Outputs = [unwritten(x.length), unwritten(channels), unwritten(channels)];
    const { mean, variance } = statistics(x, channels);
    compareWithReference(
      (kernels, y, m, v) => kernels.batchNormTrain(x, channels, gamma, beta, 1e-5, y, m, v),
      outputs,
      tolerance,
    );
    compareWithReference(
      (kernels, dx, dgamma, dbeta) =>
        kernels.batchNormTrainGradient(x, dy, channels, gamma, mean, variance, 1e-5, dx, dgamma, dbeta),
      outputs,
      // Sums over all rows of terms of size 1.
      { relative: 1e-5, absolute: 1e-3 },
    );
  });

  test('gradients equal the reference', () => {
    fc.assert(
      fc.property(sizes, ([rows, channels, seed]) => {
        const { x, dy, gamma, beta } = inputs(rows, channels, seed);
        const { mean, variance } = statistics(x, channels);
        const outputs: Outputs = [unwritten(x.length), unwritten(channels), unwritten(channels)];
        const close = { relative: 1e-4, absolute: 1e-4 };
        compareWithReference(
          (kernels, dx, dgamma, dbeta) =>
            kernels.batchNormTrainGradient(x, dy, channels, gamma, mean, variance, 0.1, dx, dgamma, dbeta),
          outputs,
          close,
        );
        compareWithReference(
          (kernels, dx, dgamma, dbeta) =>
            kernels.batchNormInferenceGradient(x, dy, channels, gamma, mean, variance, 0.1, dx, dgamma, dbeta),
          outputs,
          close,
        );
        compareWithReference(
          (kernels, y) => kernels.batchNormInference(x, channels, mean, variance, gamma, beta, 0.1, y),
          [unwritten(x.length)],
          tolerance,
        );
      }),
      { numRuns: 30 },
    );
  });

  test('the gradient is the derivative, by finite differences', () => {
    const [rows, channels] = [13, 5];
    const { x, dy, gamma, beta } = inputs(rows, channels, 3);
    const loss = (input: Float32Array, g: Float32Array, b: Float32Array) => {
      const y = new Float32Array(x.length);
      const scratch = [new Float32Array(channels), new Float32Array(channels)] as const;
      normalizationReference.batchNormTrain(input, channels, g, b, 1e-3, y, ...scratch);
      return innerProduct(y, dy);
    };
    const { mean, variance } = statistics(x, channels);
    const gradients = [new Float32Array(x.length), new Float32Array(channels), new Float32Array(channels)] as const;
    loadNative().batchNormTrainGradient(x, dy, channels, gamma, mean, variance, 1e-3, ...gradients);
    const points = [x, gamma, beta] as const;
    points.forEach((point, k) => {
      const direction = randomFloats(point.length, 20 + k);
      const moved = (step: number) => {
        const all: [Float32Array, Float32Array, Float32Array] = [x, gamma, beta];
        all[k] = point.map((value, i) => value + step * direction[i]);
        return loss(...all);
      };
      const difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
      // float32 in and out, steps of 1e-2: third-order terms of 1e-4.
      expect(Math.abs(difference - innerProduct(gradients[k], direction))).toBeLessThan(
        5e-3 * (1 + Math.abs(difference)),
      );
    });
  });

  test('a mean far larger than the deviation leaves the variance accurate', () => {
    const [rows, channels] = [5000, 4];
    const noise = randomFloats(rows * channels, 1);
    const x = noise.map((value) => value + 3000);
    const { mean, variance } = statistics(x, channels);
    withEverySet((kernels, label) => {
      const [m, v] = [new Float32Array(channels), new Float32Array(channels)];
      const ones = new Float32Array(channels).fill(1);
      kernels.batchNormTrain(x, channels, ones, ones, 1e-5, new Float32Array(x.length), m, v);
      for (let c = 0; c < channels; c++) {
        expect(Math.abs(v[c] - variance[c]), label).toBeLessThan(1e-6 * variance[c] * 10);
        expect(Math.abs(m[c] - mean[c]), label).toBeLessThan(3e-4);
      }
    });
  });

  test('results do not depend on the number of threads', () => {
    const { x, gamma, beta } = inputs(5000, 33, 1);
    const bySet = new Map<string, Float32Array>();
    withEverySet((kernels, label) => {
      const variance = new Float32Array(33);
      kernels.batchNormTrain(x, 33, gamma, beta, 1e-5, new Float32Array(x.length), new Float32Array(33), variance);
      const set = label.split(',')[0];
      if (bySet.has(set)) expect(variance).toEqual(bySet.get(set));
      bySet.set(set, variance);
    });
    expect(bySet.size).toBeGreaterThan(0);
  });

  test.each(channelCounts)('gradient of prelu, %i channels', (channels) => {
    const x = randomFloats(channels * 301, 1);
    const dy = randomFloats(x.length, 2);
    const slope = randomFloats(channels, 3);
    compareWithReference(
      (kernels, dx, dslope) => kernels.preluGradient(dy, x, slope, dx, dslope),
      [unwritten(x.length), unwritten(channels)],
      tolerance,
    );
  });

  test('sizes are checked', () => {
    const kernels = loadNative();
    const two = new Float32Array(2);
    const train = (x: Float32Array, mean: Float32Array) =>
      kernels.batchNormTrain(x, 2, two, two, 1e-3, new Float32Array(x.length), mean, new Float32Array(2));
    expect(() => train(new Float32Array(5), new Float32Array(2))).toThrow(/whole rows of 2 channels/);
    expect(() => train(new Float32Array(0), new Float32Array(2))).toThrow(/at least one row/);
    expect(() => train(new Float32Array(4), new Float32Array(3))).toThrow(/mean must have length 2, got 3/);
    expect(() => kernels.preluGradient(two, two, new Float32Array(0), two, new Float32Array(0))).toThrow(/one channel/);
  });
});
