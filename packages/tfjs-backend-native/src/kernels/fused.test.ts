import {
  avgPool2d,
  batchNormInference,
  batchNormTrain,
  binarize,
  binarizeWeight,
  binaryConv2d,
  conv2d,
  estimators,
  l2Normalize,
  maxPool2d,
  meanSquare,
  minedCrossEntropy,
  pickedEntropy,
  resizeBilinear,
  runReadingSync,
  smoothL1Rows,
  softmaxCrossEntropy,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { type Comparison, compareBackends, type Given, given, nativeAvailable, startNative } from '../conformance.js';

const few = { numRuns: 10 };
const seed = fc.integer({ min: 0, max: 2 ** 30 });
const small = fc.integer({ min: 1, max: 3 });
/** Sizes around the widths of vector registers and words. */
const channels = fc.constantFrom(1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 65, 130);
const shapeOf = (rank: number, max = 5) => fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
const vector = (t: tf.Tensor) => t as tf.Tensor1D;
const map = (t: tf.Tensor) => t as tf.Tensor4D;
/**
 * An input that equals its channel's mean normalizes to 0, or to 1e-9 where the mean was rounded, and gives beta. If beta and a residual, multiples of
 * 1/16, put that on the kink of an activation (0, +-1), a last bit decides whether the gradient is let through. With this beta none comes near.
 */
const offTheKinks = (beta: Given): Given => ({ ...beta, values: beta.values.map((value) => value + 1 / 32) });

describe.skipIf(!nativeAvailable())('native products, windows and fused ops agree with the JavaScript ones', () => {
  beforeAll(async () => {
    await startNative();
  });

  describe('products and convolutions', () => {
    test('matMul, transposed, batched, broadcast', () => {
      const size = fc.constantFrom(1, 2, 5, 17, 33);
      fc.assert(
        fc.property(
          small,
          size,
          size,
          size,
          fc.boolean(),
          fc.boolean(),
          fc.nat(2),
          seed,
          (n, m, k, p, ta, tb, one, s) => {
            const a = given([one === 1 ? 1 : n, ...(ta ? [k, m] : [m, k])], s);
            const b = given([one === 2 ? 1 : n, ...(tb ? [p, k] : [k, p])], s + 1);
            compareBackends((x, y) => tf.matMul(x, y, ta, tb), [a, b]);
          },
        ),
        few,
      );
    });
    const window = fc.record({
      n: fc.integer({ min: 1, max: 2 }),
      h: fc.integer({ min: 1, max: 7 }),
      w: fc.integer({ min: 1, max: 7 }),
      c: fc.constantFrom(1, 3, 16, 17),
      o: fc.constantFrom(1, 5, 16, 33),
      k: small,
      strides: fc.tuple(small, small),
      dilations: fc.tuple(small, small),
      groups: fc.constantFrom(1, 1, 2),
      seed,
    });
    test('conv2d, every stride, dilation and group', () => {
      fc.assert(
        fc.property(window, ({ n, h, w, c, o, k, strides, dilations, groups, seed: s }) => {
          const inputs = [given([n, h, w, c * groups], s), given([k, k, c, o * groups], s + 1)];
          compareBackends((x, f) => conv2d(map(x), map(f), { strides, dilations }), inputs);
        }),
        few,
      );
    });
    test('conv2d with unequal pads; conv2d of TensorFlow.js; transposed', () => {
      const inputs = [given([2, 5, 6, 3], 1), given([3, 2, 3, 4], 2)];
      const padding = { top: 2, bottom: 0, left: 1, right: 3 };
      compareBackends((x, f) => conv2d(map(x), map(f), { strides: 2, padding }), inputs);
      compareBackends((x, f) => tf.conv2d(map(x), map(f), 2, 'valid'), inputs);
      compareBackends(
        (x, f) => tf.conv2dTranspose(map(x), map(f), [2, 10, 12, 3], 2, 'same'),
        [given([2, 5, 6, 4], 1), given([3, 2, 3, 4], 2)],
      );
    });
    test('depthwise, with multipliers', () => {
      fc.assert(
        fc.property(window, ({ n, h, w, c, k, strides, seed: s }) => {
          const inputs = [given([n, h, w, c], s), given([k, k, c, 2], s + 1)];
          compareBackends((x, f) => tf.depthwiseConv2d(map(x), map(f), strides, 'same'), inputs);
        }),
        few,
      );
    });
    test('empty batches', () => {
      compareBackends((x, f) => conv2d(map(x), map(f)), [given([0, 4, 4, 3], 1), given([3, 3, 3, 2], 2)], {
        gradients: false,
      });
      compareBackends((x) => tf.relu(x), [given([0, 3], 1)], { gradients: false });
      compareBackends((x) => tf.sum(x, 0), [given([0, 3], 1)], { gradients: false });
      compareBackends((x) => tf.add(x, 1), [given([0, 3], 1)], { gradients: false });
    });
  });

  describe('windows and resizing', () => {
    const window = fc.record({
      h: fc.integer({ min: 3, max: 8 }),
      w: fc.integer({ min: 3, max: 8 }),
      c: channels,
      size: small,
      stride: small,
      padding: fc.constantFrom('same' as const, 'valid' as const),
      ceilMode: fc.boolean(),
      seed,
    });
    test('pools', () => {
      fc.assert(
        fc.property(window, ({ h, w, c, seed: s, ...options }) => {
          const x = given([2, h, w, c], s);
          compareBackends((t) => maxPool2d(map(t), options), [x]);
          compareBackends((t) => avgPool2d(map(t), options), [x]);
          compareBackends((t) => tf.maxPool(map(t), options.size, options.stride, options.padding), [x]);
          compareBackends((t) => tf.avgPool(map(t), options.size, options.stride, options.padding), [x]);
        }),
        few,
      );
    });
    test('resizes', () => {
      const size = fc.integer({ min: 1, max: 6 });
      fc.assert(
        fc.property(fc.tuple(size, size, size, size), channels, seed, ([h, w, h2, w2], c, s) => {
          const x = given([2, h, w, c], s);
          for (const mode of ['half-pixel', 'align-corners'] as const) {
            compareBackends((t) => resizeBilinear(map(t), [h2, w2], mode), [x]);
          }
          compareBackends((t) => tf.image.resizeBilinear(map(t), [h2, w2]), [x]);
        }),
        few,
      );
    });
  });

  describe('fused ops', () => {
    test('batch normalization', () => {
      fc.assert(
        fc.property(fc.tuple(small, small, small), channels, seed, ([n, h, w], c, s) => {
          const wide = { low: 0.5, high: 2 };
          const [x, gamma, beta] = [given([n, h, w, c], s), given([c], s + 1), given([c], s + 2)];
          const train = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
            batchNormTrain(a, vector(g), vector(b), { epsilon: 0.1 });
          compareBackends((...t) => train(t[0], t[1], t[2]).y, [x, gamma, beta], { tolerance: 1e-4 });
          compareBackends((...t) => train(t[0], t[1], t[2]).variance, [x, gamma, beta], { gradients: false });
          const statistics = [given([c], s + 3), given([c], s + 4, wide)].map(({ values }) => values);
          compareBackends(
            (a, g, b) =>
              batchNormInference(a, tf.tensor1d(statistics[0]), tf.tensor1d(statistics[1]), vector(g), vector(b), {
                epsilon: 1e-3,
              }),
            [x, gamma, beta],
          );
          for (const activation of ['relu', 'clip', 'prelu'] as const) {
            const behind = (alpha: tf.Tensor) => (activation === 'prelu' ? { prelu: vector(alpha) } : activation);
            const slopes = activation === 'prelu' ? [given([c], s + 6)] : [];
            const all = [x, gamma, offTheKinks(beta), given(x.shape, s + 5), ...slopes];
            const options = (t: tf.Tensor[]) => ({ epsilon: 0.1, activation: behind(t[4]) });
            compareBackends(
              (...t) => [
                batchNormTrain(t[0], vector(t[1]), vector(t[2]), options(t)).y,
                batchNormTrain(t[0], vector(t[1]), vector(t[2]), { ...options(t), residual: t[3] }).y,
              ],
              all,
              { tolerance: 1e-4, native: false },
            );
          }
          compareBackends(
            (a, m, v, b, g) => tf.batchNorm(a, vector(m), vector(v), vector(b), vector(g)),
            [x, given([c], s + 3), given([c], s + 4, wide), beta, gamma],
          );
        }),
        // In the example the last input is its channel's mean.
        { ...few, examples: [[[3, 1, 3], 1, 235173732]] },
      );
    });
    test('cross entropy', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 }), channels, seed, (n, c, s) => {
          const labels = given([n], s, { dtype: 'int32', low: 0, high: c / 4 }).values;
          const f = (x: tf.Tensor) => softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d(labels, 'int32'));
          compareBackends(f, [given([n, c], s + 1, { low: -8, high: 8 })]);
        }),
        few,
      );
    });
    test('detector losses', () => {
      const labels = [0, 2, 0, 0, 0, 0, 1, 0, 0];
      const mined = (x: tf.Tensor) => {
        const classes = tf.tensor1d(labels, 'int32');
        const { sum, chosen } = runReadingSync(minedCrossEntropy(x as tf.Tensor2D, classes, { images: 3, ratio: 1 }));
        return [sum, chosen];
      };
      compareBackends((x) => mined(x)[0], [given([9, 3], 1)]);
      compareBackends(mined, [given([9, 3], 1)], { gradients: false });
      const picks = {
        rows: Int32Array.of(1, 0, 1),
        columns: Int32Array.of(2, 0, 1),
        totals: Float32Array.of(1.5, 0.75, 1.5),
        weights: Float32Array.of(-1, -0.5, 2),
      };
      compareBackends((x) => pickedEntropy(x as tf.Tensor2D, picks), [given([3, 4], 1)]);
      const rows = Int32Array.of(2, 0, 2);
      const wanted = () => tf.tensor2d(given([3, 2], 2).values, [3, 2]);
      compareBackends((x) => smoothL1Rows(x as tf.Tensor2D, rows, wanted(), 1), [given([3, 4], 1)]);
      compareBackends((x, y) => meanSquare([x, y]), [given([2, 33], 1), given([5], 2)]);
    });

    test('l2Normalize', () => {
      compareBackends((x, w) => l2Normalize(x, vector(w), 1e-10), [given([2, 3, 33], 1), given([33], 2)]);
    });
    test('prelu with a slope per channel', () => {
      compareBackends((x, a) => tf.prelu(x, a), [given([2, 3, 33], 1), given([33], 2)]);
    });
    const estimator = fc.constantFrom(...Object.values(estimators));
    const activation = fc.record({
      levels: fc.constantFrom('pm1' as const, 'zero-one' as const),
      estimator,
      signOfZero: fc.constantFrom(0 as const, 1 as const),
    });
    const weight = fc.record({
      scale: fc.constantFrom('none' as const, 'filter-mean' as const, 'layer-mean' as const),
      gradient: fc.constantFrom('identity' as const, 'clip' as const, 'scale-chain' as const),
      signOfZero: fc.constantFrom(0 as const, 1 as const),
    });
    test('binarize and binarizeWeight', () => {
      fc.assert(
        fc.property(shapeOf(2, 40), activation, weight, seed, (shape, a, w, s) => {
          compareBackends((x) => binarize(x, a), [given(shape, s)]);
          compareBackends((x) => binarizeWeight(x, w), [given([3, 2, ...shape], s)]);
        }),
        { numRuns: 25 },
      );
    });
    test('binaryConv2d: the packed forward pass is exact', () => {
      const configuration = fc.record({
        n: fc.integer({ min: 1, max: 2 }),
        h: fc.integer({ min: 1, max: 6 }),
        w: fc.integer({ min: 1, max: 6 }),
        c: fc.constantFrom(1, 31, 32, 33, 63, 65),
        o: fc.constantFrom(1, 3, 17),
        k: small,
        strides: small,
        dilations: small,
        padValue: fc.constantFrom(0 as const, 1 as const, -1 as const),
        activation,
        weight,
        seed,
      });
      fc.assert(
        fc.property(configuration, ({ n, h, w, c, o, k, seed: s, ...options }) => {
          const inputs = [given([n, h, w, c], s), given([k, k, c, o], s + 1)];
          const twoValued =
            options.weight.signOfZero === 1 &&
            (options.activation.signOfZero === 1 || options.activation.levels === 'zero-one');
          const comparison: Comparison = { native: twoValued };
          compareBackends((x, f) => binaryConv2d(map(x), map(f), options), inputs, comparison);
          const whole = { ...options, weight: { ...options.weight, scale: 'none' as const } };
          compareBackends((x, f) => binaryConv2d(map(x), map(f), whole), inputs, {
            tolerance: 0,
            gradients: false,
            native: twoValued,
          });
        }),
        { numRuns: 25 },
      );
    });
  });
});
