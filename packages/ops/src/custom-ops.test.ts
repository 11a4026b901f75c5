import '@tensorflow/tfjs-backend-cpu';
import { conv2d } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchNormInference, batchNormTrain } from './batch-norm.js';
import { checkGradient, random } from './finite-differences.js';
import { gather } from './gather.js';
import { registerGradients } from './gradients/register.js';
import { minedCrossEntropy } from './hard-negatives.js';
import { l2Normalize } from './l2-normalize.js';
import { smoothL1, softmaxCrossEntropy } from './losses.js';
import { meanSquare } from './mean-square.js';
import { pickedEntropy } from './picked-entropy.js';
import { avgPool2d, maxPool2d } from './pooling.js';
import { runReadingSync } from './reading.js';
import { resizeBilinear } from './resize.js';
import { smoothL1Rows } from './smooth-l1-rows.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const few = { numRuns: 15 };
const seed = fc.integer({ min: 0, max: 2 ** 31 });
const small = fc.integer({ min: 1, max: 3 });
const as4 = (t: tf.Tensor) => t as tf.Tensor4D;
const as1 = (t: tf.Tensor) => t as tf.Tensor1D;

/** Fails unless all values agree within `tolerance` (absolute and relative). */
function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance = 1e-5): void {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
  });
}

describe('conv2d', () => {
  const configuration = fc.record({
    n: small,
    h: fc.integer({ min: 1, max: 6 }),
    w: fc.integer({ min: 1, max: 6 }),
    c: small,
    o: small,
    kh: small,
    kw: small,
    groups: small,
    strides: fc.tuple(small, small),
    dilations: fc.tuple(small, small),
    pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))),
    seed,
  });

  test('trains with any stride, dilation, padding and groups at once', () => {
    fc.assert(
      fc.property(configuration, (q) => {
        const [top, bottom, left, right] = q.pads;
        fc.pre((q.kh - 1) * q.dilations[0] + 1 <= q.h + top + bottom);
        fc.pre((q.kw - 1) * q.dilations[1] + 1 <= q.w + left + right);
        const options = { strides: q.strides, dilations: q.dilations, padding: { top, bottom, left, right } };
        checkGradient(
          (x, f) => conv2d(as4(x), as4(f), options),
          [random([q.n, q.h, q.w, q.c * q.groups], q.seed), random([q.kh, q.kw, q.c, q.o * q.groups], q.seed + 1)],
        );
      }),
      few,
    );
  });

  test('the forward pass is a sum over taps', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const f = tf.tensor4d([1, 10, 100, 1000], [2, 2, 1, 1]);
    const y = conv2d(x, f, { strides: 2, dilations: 2, padding: { top: 1, bottom: 1, left: 0, right: 0 } });
    // Output rows start at input rows -1 and 1; taps lie 2 apart: row -1 with row 1, then row 1 with row 3.
    expect(y.shape).toEqual([1, 2, 1, 1]);
    expect([...y.dataSync()]).toEqual([4 * 100 + 6 * 1000, 4 + 6 * 10]);
    tf.dispose([x, f, y]);
  });

  test('names the shapes that do not fit', () => {
    const [x, f] = [tf.zeros([1, 3, 3, 4]), tf.zeros([3, 3, 3, 2])];
    expect(() => conv2d(as4(x), as4(f))).toThrow('filter must be [kh, kw, C / groups, O] for C = 4, got [3, 3, 3, 2]');
    tf.dispose([x, f]);
  });
});

describe('batch normalization', () => {
  test('in training: gradients through the statistics, all ranks', () => {
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 3 }), small, seed, (outer, c, s) => {
        checkGradient(
          (x, g, b) => batchNormTrain(x, as1(g), as1(b), { epsilon: 0.1 }).y,
          [random([...outer, c], s), random([c], s + 1), random([c], s + 2)],
        );
      }),
      few,
    );
  });
  test.each(['none', 'relu', 'clip', 'prelu'] as const)(
    'behind %s, with and without a sum: gradients of all inputs',
    (name) => {
      const [mean, variance] = [random([3], 5), random([3], 6, [0.5, 2])];
      const activation = (alpha: tf.Tensor) => (name === 'prelu' ? { prelu: as1(alpha) } : name);
      const given = [random([2, 2, 3], 1), random([3], 2), random([3], 3), random([2, 2, 3], 4)];
      const slopes = name === 'prelu' ? [random([3], 7)] : [];
      for (const summed of [false, true]) {
        const inputs = [...given.slice(0, summed ? 4 : 3), ...slopes];
        const options = (rest: tf.Tensor[]) => ({
          epsilon: 0.1,
          residual: summed ? rest[0] : undefined,
          activation: activation(rest[rest.length - 1]),
        });
        checkGradient((x, g, b, ...rest) => batchNormTrain(x, as1(g), as1(b), options(rest)).y, inputs);
        checkGradient(
          (x, g, b, ...rest) => batchNormInference(x, as1(mean), as1(variance), as1(g), as1(b), options(rest)),
          inputs,
        );
      }
      tf.dispose([mean, variance, ...given, ...slopes]);
    },
  );
  test('a residual of another shape is refused', () => {
    const [x, vector] = [tf.ones([2, 3]), tf.ones<tf.Rank.R1>([3])];
    expect(() => batchNormTrain(x, vector, vector, { epsilon: 1, residual: tf.ones([1, 3]) })).toThrow(
      /batchNormTrain: residual must be \[2, 3\] as x, got \[1, 3\]/,
    );
    tf.disposeVariables();
  });
  test('returns the mean and the biased variance', () => {
    const { y, mean, variance } = batchNormTrain(
      tf.tensor2d([
        [1, 0],
        [3, 4],
      ]),
      tf.ones([2]),
      tf.zeros([2]),
      { epsilon: 0 },
    );
    expectClose(mean, [2, 2]);
    expectClose(variance, [1, 4]);
    expectClose(y, [-1, -1, 1, 1]);
    tf.disposeVariables();
  });
  test('in inference: gradients of x, gamma and beta', () => {
    const [mean, variance] = [random([3], 5), random([3], 6, [0.5, 2])];
    checkGradient(
      (x, g, b) => batchNormInference(x, as1(mean), as1(variance), as1(g), as1(b), { epsilon: 1e-3 }),
      [random([2, 2, 3], 1), random([3], 2), random([3], 3)],
    );
    tf.dispose([mean, variance]);
  });
});

describe('pools', () => {
  const configuration = fc.record({
    h: fc.integer({ min: 1, max: 7 }),
    w: fc.integer({ min: 1, max: 7 }),
    size: fc.tuple(small, small),
    stride: fc.tuple(small, small),
    padding: fc.constantFrom<'same' | 'valid' | 'one'>('same', 'valid', 'one'),
    ceilMode: fc.boolean(),
    seed,
  });
  type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;
  const optionsOf = ({ size, stride, padding, ceilMode }: Configuration) => ({
    size,
    stride,
    padding: padding === 'one' ? (Math.min(...size) > 1 ? 1 : 0) : padding,
    ceilMode,
  });
  const fits = (q: Configuration) => q.size[0] <= q.h && q.size[1] <= q.w;

  /** Pools channel 0 of image 0 cell by cell, by the definition. */
  function pooled(x: tf.Tensor4D, out: readonly number[], before: readonly number[], q: Configuration) {
    const values = x.dataSync();
    const [, h, w, c] = x.shape;
    const max: number[] = [];
    const mean: number[] = [];
    for (let i = 0; i < out[1]; i++) {
      for (let j = 0; j < out[2]; j++) {
        const cells: number[] = [];
        for (let a = 0; a < q.size[0]; a++) {
          for (let b = 0; b < q.size[1]; b++) {
            const [row, column] = [i * q.stride[0] - before[0] + a, j * q.stride[1] - before[1] + b];
            if (row >= 0 && row < h && column >= 0 && column < w) cells.push(values[(row * w + column) * c]);
          }
        }
        max.push(Math.max(...cells));
        mean.push(cells.reduce((s, v) => s + v, 0) / cells.length);
      }
    }
    return { max, mean };
  }

  test('forward by the definition', () => {
    fc.assert(
      fc.property(configuration.filter(fits), (q) => {
        const x = as4(random([1, q.h, q.w, 2], q.seed));
        const options = optionsOf(q);
        const [max, mean] = [maxPool2d(x, options), avgPool2d(x, options)];
        expect(mean.shape).toEqual(max.shape);
        const before = [0, 1].map((axis) => {
          if (options.padding === 'valid') return 0;
          if (options.padding !== 'same') return options.padding;
          const [size, k, s] = [[q.h, q.w][axis], q.size[axis], q.stride[axis]];
          return Math.floor(Math.max(0, (Math.ceil(size / s) - 1) * s + k - size) / 2);
        });
        const expected = pooled(x, max.shape, before, q);
        expectClose(tf.slice(max, 0, [1, -1, -1, 1]), expected.max);
        expectClose(tf.slice(mean, 0, [1, -1, -1, 1]), expected.mean);
      }),
      few,
    );
  });
  test('gradients', () => {
    fc.assert(
      fc.property(configuration.filter(fits), (q) => {
        const x = random([2, q.h, q.w, 1], q.seed);
        checkGradient((t) => avgPool2d(as4(t), optionsOf(q)), [x]);
        checkGradient((t) => maxPool2d(as4(t), optionsOf(q)), [x]);
      }),
      few,
    );
  });
  test('ceil mode: 2 x 2 stride 2 on 7 x 5 gives 4 x 3, the last windows smaller', () => {
    const x = tf.ones([1, 7, 5, 1]) as tf.Tensor4D;
    expect(avgPool2d(x, { size: 2 }).shape).toEqual([1, 3, 2, 1]);
    const y = avgPool2d(x, { size: 2, ceilMode: true });
    expect(y.shape).toEqual([1, 4, 3, 1]);
    expectClose(y, Array(12).fill(1));
  });
  test('refuses windows of padding alone', () => {
    expect(() => avgPool2d(tf.ones([1, 3, 3, 1]), { size: 1, padding: 1 })).toThrow('padding must be smaller');
  });
});

describe('l2Normalize', () => {
  test('gradients, also with tiny inputs', () => {
    checkGradient((x, w) => l2Normalize(x, as1(w), 1e-10), [random([2, 3, 4], 1), random([4], 2)]);
    const x = tf.fill([1, 3], 1e-25);
    const w = tf.ones([3]) as tf.Tensor1D;
    expect(
      [
        ...tf
          .grad((t) => l2Normalize(t, w, 1e-10))(x)
          .dataSync(),
      ].every(Number.isFinite),
    ).toBe(true);
  });
  test('an all-zero position has gradient 0', () => {
    const x = tf.tensor2d([
      [0, 0],
      [3, 4],
    ]);
    const w = tf.tensor1d([20, 20]);
    const [dx, dw] = tf.grads((a, b) => tf.sum(l2Normalize(a, as1(b), 1e-10)))([x, w]);
    expectClose(tf.slice(dx, 0, [1, 2]), [0, 0]);
    expectClose(dw, [0.6, 0.8]);
  });
});

describe('resizeBilinear', () => {
  const size = fc.integer({ min: 1, max: 6 });
  test.for(['half-pixel', 'align-corners'] as const)('%s agrees with TensorFlow.js and trains', (mode) => {
    fc.assert(
      fc.property(fc.tuple(size, size, size, size), seed, ([h, w, h2, w2], s) => {
        const x = as4(random([2, h, w, 2], s));
        const [corners, half] = [mode === 'align-corners', mode === 'half-pixel'];
        expectClose(resizeBilinear(x, [h2, w2], mode), tf.image.resizeBilinear(x, [h2, w2], corners, half).dataSync());
        checkGradient((t) => resizeBilinear(as4(t), [h2, w2], mode), [x]);
      }),
      few,
    );
  });
});

describe('losses', () => {
  test('softmaxCrossEntropy is -log softmax at the label, for large logits too', () => {
    const logits = tf.tensor2d([
      [1, 2, 3],
      [1000, 0, -1000],
    ]);
    const labels = tf.tensor1d([2, 1], 'int32');
    expectClose(softmaxCrossEntropy(logits, labels), [Math.log(1 + Math.exp(-1) + Math.exp(-2)), 1000]);
  });
  test('softmaxCrossEntropy, gradient; empty batch', () => {
    const labels = tf.tensor1d([0, 3, 1], 'int32');
    checkGradient((x) => softmaxCrossEntropy(x as tf.Tensor2D, labels), [random([3, 4], 1)]);
    const none = tf.tensor1d([], 'int32');
    expect(softmaxCrossEntropy(tf.zeros([0, 4]), none).shape).toEqual([0]);
  });
  test('smoothL1, values and gradient', () => {
    expectClose(smoothL1(tf.tensor1d([-2, -1, -0.5, 0, 0.5, 1, 3])), [1.5, 0.5, 0.125, 0, 0.125, 0.5, 2.5]);
    checkGradient((x) => smoothL1(x), [random([3, 4], 1)]);
  });
});

describe('fused loss terms', () => {
  const mined = (...args: Parameters<typeof minedCrossEntropy>) => runReadingSync(minedCrossEntropy(...args));
  const labelled = () => tf.tensor1d([0, 2, 0, 0, 0, 0, 1, 0], 'int32');

  test('minedCrossEntropy sums over positives and the hardest background rows of each image', () => {
    const [logits, labels] = [random([8, 3], 1) as tf.Tensor2D, labelled()];
    const losses = [...softmaxCrossEntropy(logits, labels).dataSync()];
    const hardest = (rows: number[]) => rows.toSorted((a, b) => losses[b] - losses[a])[0];
    const rows = [1, hardest([0, 2, 3]), 6, hardest([4, 5, 7])];
    const { sum, chosen } = mined(logits, labels, { images: 2, ratio: 1 });
    expect([...chosen.dataSync()]).toEqual(losses.map((_, row) => Number(rows.includes(row))));
    expectClose(sum, [rows.reduce((total, row) => total + losses[row], 0)]);
    expect(() => mined(logits, labels, { images: 3, ratio: 1 })).toThrow(/multiple of 3 images/);
    expect(() => mined(logits, labels, { images: 2, ratio: -1 })).toThrow(/ratio must be 0 or more/);
  });
  test('minedCrossEntropy, gradient', () => {
    const labels = labelled();
    const f = (x: tf.Tensor) => mined(x as tf.Tensor2D, labels, { images: 2, ratio: 2 }).sum;
    checkGradient((x) => tf.tidy(() => f(x)), [random([8, 3], 1)]);
  });
  test('pickedEntropy, value and gradient, with a row picked twice', () => {
    const picks = {
      rows: Int32Array.of(1, 0, 1),
      columns: Int32Array.of(2, 0, 1),
      totals: Float32Array.of(1.5, 0.75, 1.5),
      weights: Float32Array.of(-1, -0.5, 2),
    };
    const logits = random([3, 4], 1) as tf.Tensor2D;
    const p = tf.softmax(logits).arraySync() as number[][];
    const terms = [...picks.rows].map((row, k) => {
      const q = p[row][picks.columns[k]] / picks.totals[k];
      return picks.weights[k] * q * Math.log(q);
    });
    expectClose(pickedEntropy(logits, picks), [terms[0] + terms[1] + terms[2]]);
    checkGradient((x) => tf.tidy(() => pickedEntropy(x as tf.Tensor2D, picks)), [logits]);
    expect(() => pickedEntropy(logits, { ...picks, totals: Float32Array.of(1) })).toThrow(/totals must be \[3\]/);
  });
  test('smoothL1Rows, value and gradient, with a row that comes twice', () => {
    const rows = Int32Array.of(1, 0, 1);
    const f = (x: tf.Tensor) => tf.tidy(() => smoothL1Rows(x as tf.Tensor2D, rows, tf.fill([3, 2], 0.5), 1));
    expectClose(f(tf.tensor2d([9, 0.5, 3, 9, 1, -0.5], [2, 3])), [1 / 8 + 1 / 2 + 0 + 2 + 1 / 8 + 1 / 2]);
    checkGradient(f, [random([2, 3], 1)]);
    expect(() => smoothL1Rows(tf.zeros([2, 3]), rows, tf.zeros([3, 3]), 1)).toThrow(/targets must be \[3, at most 2\]/);
  });
  test('meanSquare, value and gradient', () => {
    expectClose(meanSquare([tf.tensor1d([1, -3]), tf.tensor2d([[2]])]), [4.5]);
    checkGradient((x, y) => meanSquare([x, y]), [random([2, 3], 1), random([4], 2)]);
  });
});

test('gather adds the gradients of repeated indices', () => {
  const indices = tf.tensor1d([1, 1, 0], 'int32');
  const dx = tf.grad((x) => tf.sum(gather(x, indices)))(tf.ones([3, 2]));
  expect([...dx.dataSync()]).toEqual([1, 1, 2, 2, 0, 0]);
});
