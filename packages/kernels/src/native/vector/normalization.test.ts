import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizationReference } from '../../reference/vector/normalization.js';
import { loadNative, nativeReport } from '../load.js';
import type { NormActivation, NormalizationKernels } from './normalization.js';
import { compareWithReference, expectClose, innerProduct, randomFloats, unwritten, withEverySet } from './testing.js';

const channelCounts = [1, 2, 3, 4, 7, 16, 31, 33, 63, 64, 65, 130];
const tolerance = { relative: 1e-5, absolute: 1e-5 };

/** What may stand behind the normalisation: a sum or not, and an activation. */
interface Form {
  readonly activation: NormActivation;
  readonly sum: boolean;
}

const plain: Form = { activation: 'none', sum: false };

/** All that the kernels take; clip and prelu are not for sums. */
const forms: readonly Form[] = [
  plain,
  ...(['relu', 'clip', 'prelu'] as const).map((activation) => ({ activation, sum: false })),
  ...(['none', 'relu'] as const).map((activation) => ({ activation, sum: true })),
];

function inputs(rows: number, channels: number, seed: number, { activation, sum }: Form = plain) {
  const x: Float32Array = randomFloats(rows * channels, seed).map(
    (value, i) => value * (1 + (i % channels)) + (i % channels) - 3,
  );
  return {
    x,
    channels,
    activation,
    dy: randomFloats(rows * channels, seed + 1),
    gamma: randomFloats(channels, seed + 2),
    beta: randomFloats(channels, seed + 3),
    residual: sum ? randomFloats(rows * channels, seed + 4) : null,
    slope: activation === 'prelu' ? randomFloats(channels, seed + 5) : null,
  };
}

type Inputs = ReturnType<typeof inputs>;

const empty = new Float32Array(0);

/** Forward in training; momentum 1/4 where running statistics are given. */
function train(
  kernels: NormalizationKernels,
  { x, channels, gamma, beta, residual, activation, slope }: Inputs,
  epsilon: number,
  [y, mean, variance, runningMean, runningVariance]: readonly Float32Array[],
): void {
  const running = [runningMean, runningVariance, 0.25] as const;
  kernels.batchNormTrain(x, channels, gamma, beta, epsilon, residual, activation, slope, y, mean, variance, ...running);
}

type GradientName = 'batchNormTrainGradient' | 'batchNormInferenceGradient';

/** Backward, with the statistics and the output of the reference. What a form has no gradient for is null, its output of length 0. */
function gradientOf(name: GradientName, given: Inputs, epsilon: number) {
  const { x, dy, channels, gamma, beta, residual, activation, slope } = given;
  const [y, mean, variance] = [new Float32Array(x.length), new Float32Array(channels), new Float32Array(channels)];
  train(normalizationReference, given, epsilon, [y, mean, variance]);
  const known = [x, dy, channels, gamma, beta, mean, variance, epsilon, activation, slope] as const;
  const relu = residual !== null && activation === 'relu';
  return (kernels: NormalizationKernels, [dx, dgamma, dbeta, dresidual, dslope]: readonly Float32Array[]) => {
    const rest = [relu ? dresidual : null, slope === null ? null : dslope] as const;
    kernels[name](...known, relu ? y : null, dx, dgamma, dbeta, ...rest);
  };
}

/** dx, dgamma, dbeta, dresidual, dslope; not written where the form has none. */
function gradientOutputs({ x, channels, residual, activation, slope }: Inputs): Float32Array[] {
  const relu = residual !== null && activation === 'relu';
  return [x.length, channels, channels, relu ? x.length : 0, slope === null ? 0 : channels].map(unwritten);
}

function statistics(x: Float32Array, channels: number) {
  const [mean, variance] = [new Float32Array(channels), new Float32Array(channels)];
  const ones = new Float32Array(channels).fill(1);
  const given = { ...inputs(1, 1, 1), x, channels, gamma: ones, beta: ones };
  train(normalizationReference, given, 0.1, [new Float32Array(x.length), mean, variance]);
  return { mean, variance };
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom(...channelCounts), fc.nat());

describe.skipIf(!nativeReport().available)('batch normalization', () => {
  test.each(forms)('training forward equals the reference: $activation, sum $sum', (form) => {
    fc.assert(
      fc.property(sizes, ([rows, channels, seed]) => {
        const given = inputs(rows + 1, channels, seed, form);
        const running = [randomFloats(channels, seed), randomFloats(channels, seed + 9)];
        compareWithReference(
          (kernels, ...outputs) => train(kernels, given, 1e-2, outputs),
          [unwritten(given.x.length), unwritten(channels), unwritten(channels), ...running],
          tolerance,
        );
      }),
      { numRuns: 10 },
    );
  });

  test.each([
    [9000, 7],
    [1001, 64],
    [150, 513],
    [100, 1500],
    [18, 5000],
  ])('large inputs in blocks: %i rows of %i channels', (rows, channels) => {
    for (const form of [plain, { activation: 'relu', sum: true } as const]) {
      const given = inputs(rows, channels, 1, form);
      compareWithReference(
        (kernels, ...outputs) => train(kernels, given, 1e-5, outputs),
        [unwritten(given.x.length), unwritten(channels), unwritten(channels)],
        tolerance,
      );
      const backward = gradientOf('batchNormTrainGradient', given, 1e-5);
      compareWithReference(
        (kernels, ...outputs) => backward(kernels, outputs),
        gradientOutputs(given),
        // Sums over all rows of terms of size 1.
        { relative: 1e-5, absolute: 1e-3 },
      );
    }
  });

  test.each(forms)('results too large for the caches: $activation, sum $sum', (form) => {
    // 1.05 MB, rows that end within a line of the cache, and values of which none is within rounding of the activation's corners.
    const [rows, channels] = [4050, 65];
    const drawn = inputs(rows, channels, 1, form);
    const given = {
      ...drawn,
      x: drawn.x.map((value) => Math.round(value) + 0.25),
      beta: drawn.beta.map(() => 0.0078125),
    };
    const [y, mean, variance] = [unwritten(given.x.length), unwritten(channels), unwritten(channels)];
    train(normalizationReference, given, 1e-3, [y, mean, variance]);
    const expected = gradientOutputs(given);
    const backward = gradientOf('batchNormTrainGradient', given, 1e-3);
    backward(normalizationReference, expected);
    const native = loadNative();
    const [actual, outputs] = [y.map(() => Number.NaN), gradientOutputs(given)];
    train(native, given, 1e-3, [actual, mean, variance]);
    backward(native, outputs);
    expectClose(actual, y, tolerance);
    outputs.forEach((output, k) => {
      expectClose(output, expected[k], { relative: 1e-4, absolute: 1e-3 }, `gradient ${k}`);
    });
  });

  test.each(forms)('gradients equal the reference: $activation, sum $sum', (form) => {
    fc.assert(
      fc.property(sizes, ([rows, channels, seed]) => {
        const given = inputs(rows, channels, seed, form);
        for (const name of ['batchNormTrainGradient', 'batchNormInferenceGradient'] as const) {
          const backward = gradientOf(name, given, 0.1);
          compareWithReference((kernels, ...outputs) => backward(kernels, outputs), gradientOutputs(given), {
            relative: 1e-4,
            absolute: 1e-4,
          });
        }
      }),
      { numRuns: 10 },
    );
  });

  test.each(forms)('inference equals the reference: $activation, sum $sum', (form) => {
    fc.assert(
      fc.property(sizes, ([rows, channels, seed]) => {
        const { x, gamma, beta, residual, activation, slope } = inputs(rows, channels, seed, form);
        const { mean, variance } = statistics(x, channels);
        const rest = [gamma, beta, 0.1, residual, activation, slope] as const;
        compareWithReference(
          (kernels, y) => kernels.batchNormInference(x, channels, mean, variance, ...rest, y),
          [unwritten(x.length)],
          tolerance,
        );
      }),
      { numRuns: 5 },
    );
  });

  test.each(forms)('the gradient is the derivative, by finite differences: $activation, sum $sum', (form) => {
    const given = inputs(13, 5, 3, form);
    const { x, dy, residual, slope } = given;
    const loss = (moved: Partial<Inputs>) => {
      const y = new Float32Array(x.length);
      train(normalizationReference, { ...given, ...moved }, 1e-3, [y, new Float32Array(5), new Float32Array(5)]);
      return innerProduct(y, dy);
    };
    const outputs = gradientOutputs(given);
    gradientOf('batchNormTrainGradient', given, 1e-3)(loadNative(), outputs);
    const points = [given.x, given.gamma, given.beta, residual ?? empty, slope ?? empty];
    const names = ['x', 'gamma', 'beta', 'residual', 'slope'] as const;
    names.forEach((name, k) => {
      if (outputs[k].length === 0) return;
      const direction = randomFloats(points[k].length, 20 + k);
      // Small steps, so that no value crosses a corner of the activation; the inputs are rounded to float32.
      const moved = (step: number) => loss({ [name]: points[k].map((value, i) => value + step * direction[i]) });
      const difference = (moved(2e-3) - moved(-2e-3)) / 4e-3;
      expect(Math.abs(difference - innerProduct(outputs[k], direction)), name).toBeLessThan(
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
      train(kernels, { ...inputs(1, channels, 1), x }, 1e-5, [new Float32Array(x.length), m, v]);
      for (let c = 0; c < channels; c++) {
        expect(Math.abs(v[c] - variance[c]), label).toBeLessThan(1e-6 * variance[c] * 10);
        expect(Math.abs(m[c] - mean[c]), label).toBeLessThan(3e-4);
      }
    });
  });

  test('results do not depend on the number of threads', () => {
    const given = inputs(5000, 33, 1);
    const bySet = new Map<string, Float32Array>();
    withEverySet((kernels, label) => {
      const variance = new Float32Array(33);
      train(kernels, given, 1e-5, [new Float32Array(given.x.length), new Float32Array(33), variance]);
      const set = label.split(',')[0];
      if (bySet.has(set)) expect(variance).toEqual(bySet.get(set));
      bySet.set(set, variance);
    });
    expect(bySet.size).toBeGreaterThan(0);
  });

  test.each(channelCounts)('gradient of prelu, %i channels, zeros among the inputs', (channels) => {
    const x = randomFloats(channels * 301, 1).map((value, i) => (i % 5 === 0 ? 0 : value));
    const dy = randomFloats(x.length, 2);
    const slope = randomFloats(channels, 3);
    compareWithReference(
      (kernels, dx, dslope) => kernels.preluGradient(dy, x, slope, dx, dslope),
      [unwritten(x.length), unwritten(channels)],
      tolerance,
    );
  });

  test('sizes and forms are checked', () => {
    const native = loadNative();
    const two = new Float32Array(2);
    const given = { ...inputs(2, 2, 1), x: new Float32Array(4) };
    const call = (change: Partial<Inputs>, mean = two) => {
      const { x } = { ...given, ...change };
      train(native, { ...given, ...change }, 1e-3, [new Float32Array(x.length), mean, new Float32Array(2)]);
    };
    expect(() => call({ x: new Float32Array(5) })).toThrow(/whole rows of 2 channels/);
    expect(() => call({ x: empty })).toThrow(/at least one row/);
    expect(() => call({}, new Float32Array(3))).toThrow(/mean must have length 2, got 3/);
    expect(() => call({ residual: two })).toThrow(/residual must have length 4, got 2/);
    expect(() => call({ activation: 'prelu' })).toThrow(/slope must be a Float32Array/);
    expect(() => call({ activation: 'tanh' as NormActivation })).toThrow(/activation must be one of none, relu, clip/);
    const one = { ...given, x: two, residual: null };
    expect(() => train(native, one, 1e-3, [new Float32Array(2), two, two, two, two])).toThrow(/at least two rows/);
    const four = new Float32Array(4);
    expect(() =>
      native.batchNormTrainGradient(
        four,
        four,
        2,
        two,
        two,
        two,
        two,
        0.1,
        'clip',
        null,
        four,
        four,
        two,
        two,
        four,
        null,
      ),
    ).toThrow(/only the output of a relu tells its slope, got y of clip/);
    expect(() => native.preluGradient(two, two, empty, two, empty)).toThrow(/one channel/);
  });
});
