import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkGradient, random } from '../finite-differences.js';
import { registerGradients } from './register.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerGradients();
});

const dims = (rank: number) => fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rank, maxLength: rank });
const seed = fc.integer({ min: 0, max: 2 ** 31 });
const few = { numRuns: 12 };

/** Two shapes that broadcast to one another. */
const broadcastPair = fc.integer({ min: 0, max: 4 }).chain((rank) =>
  fc
    .tuple(dims(rank), fc.array(fc.boolean(), { minLength: rank, maxLength: rank }), fc.nat(rank), fc.boolean())
    .map(([shape, ones, cut, swap]) => {
      const other = shape.map((size, i) => (ones[i] ? 1 : size)).slice(cut);
      return swap ? [other, shape] : [shape, other];
    }),
);

describe('binary arithmetic, with any broadcasting', () => {
  const ops: [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, [number, number]][] = [
    ['add', tf.add, [-2, 2]],
    ['sub', tf.sub, [-2, 2]],
    ['mul', tf.mul, [-2, 2]],
    ['div', tf.div, [0.5, 2]],
    ['squaredDifference', tf.squaredDifference, [-2, 2]],
    ['maximum', tf.maximum, [-2, 2]],
    ['minimum', tf.minimum, [-2, 2]],
    ['pow', tf.pow, [0.5, 2]],
    ['atan2', tf.atan2, [0.5, 2]],
  ];
  test.for(ops)('%s', ([, op, range]) => {
    fc.assert(
      fc.property(broadcastPair, seed, ([a, b], s) => {
        checkGradient((x, y) => op(x, y), [random(a, s, range), random(b, s + 1, range)]);
      }),
      few,
    );
  });
});

describe('functions of one tensor', () => {
  const wide: [number, number] = [-3, 3];
  const positive: [number, number] = [0.3, 3];
  const ops: [string, (x: tf.Tensor) => tf.Tensor, [number, number]][] = [
    ['abs', tf.abs, wide],
    ['exp', tf.exp, wide],
    ['expm1', tf.expm1, wide],
    ['log', tf.log, positive],
    ['log1p', tf.log1p, positive],
    ['sqrt', tf.sqrt, positive],
    ['rsqrt', tf.rsqrt, positive],
    ['square', tf.square, wide],
    ['reciprocal', tf.reciprocal, positive],
    ['neg', tf.neg, wide],
    ['sin', tf.sin, wide],
    ['cos', tf.cos, wide],
    ['erf', tf.erf, wide],
    ['sigmoid', tf.sigmoid, wide],
    ['tanh', tf.tanh, wide],
    ['softplus', tf.softplus, wide],
    ['relu', tf.relu, wide],
    ['relu6', (x) => tf.relu6(tf.mul(x, 3)), wide],
    ['leakyRelu', (x) => tf.leakyRelu(x, 0.1), wide],
    ['elu', tf.elu, wide],
    ['clipByValue', (x) => tf.clipByValue(x, -1, 1.5), wide],
    ['cast', (x) => tf.cast(x, 'float32'), wide],
    ['clone', (x) => tf.clone(x), wide],
    ['softmax', (x) => tf.softmax(x), wide],
    ['logSoftmax', (x) => tf.logSoftmax(x), wide],
    ['sum of all', (x) => tf.sum(x), wide],
    ['sum over the middle', (x) => tf.sum(x, 1), wide],
    ['mean', (x) => tf.mean(x, [0, 2]), wide],
    ['max', (x) => tf.max(x, 1), wide],
    ['min', (x) => tf.min(x, [0, 2]), wide],
    ['prod', (x) => tf.prod(x, 1), positive],
    ['cumsum', (x) => tf.cumsum(x, 1, true), wide],
    ['reverse cumsum', (x) => tf.cumsum(x, 2, false, true), wide],
    ['reshape', (x) => tf.reshape(x, [-1]), wide],
    ['expandDims', (x) => tf.expandDims(x, 1), wide],
    ['squeeze', (x) => tf.squeeze(x), wide],
    ['transpose', (x) => tf.transpose(x, [2, 0, 1]), wide],
    ['concat with itself', (x) => tf.concat([x, tf.mul(x, 2)], 1), wide],
    ['stack with itself', (x) => tf.stack([x, tf.mul(x, 2)], 1), wide],
    ['unstack', (x) => tf.unstack(x, 0)[0], wide],
    ['split', (x) => tf.split(x, [1, x.shape[2]! - 1], 2)[1], wide],
    ['slice', (x) => tf.slice(x, [0, x.shape[1]! - 1, 0], [-1, 1, 1]), wide],
    [
      'pad',
      (x) =>
        tf.pad(x, [
          [0, 1],
          [2, 0],
          [1, 1],
        ]),
      wide,
    ],
    ['tile', (x) => tf.tile(x, [2, 1, 3]), wide],
    ['broadcastTo', (x) => tf.broadcastTo(x, [2, ...x.shape]), wide],
    ['reverse', (x) => tf.reverse(x, [0, 2]), wide],
    ['addN', (x) => tf.addN([x, x, tf.neg(x)]), wide],
    ['gather', (x) => tf.gather(x, tf.tensor1d([0, x.shape[1]! - 1, 0], 'int32'), 1), wide],
    ['where a comparison', (x) => tf.where(tf.greater(x, 0.5), tf.square(x), tf.mul(x, 3)), wide],
    ['a mask by comparison', (x) => tf.mul(x, tf.cast(tf.lessEqual(x, 0.25), 'float32')), wide],
  ];
  test.for(ops)('%s', ([, op, range]) => {
    fc.assert(
      fc.property(dims(3), seed, (shape, s) => checkGradient(op, [random(shape, s, range)])),
      few,
    );
  });
  test('prelu', () => {
    fc.assert(
      fc.property(dims(3), seed, (shape, s) =>
        checkGradient((x, alpha) => tf.prelu(x, alpha), [random(shape, s, wide), random([shape[2]], s + 1, wide)]),
      ),
      few,
    );
  });
  test('flat functions have a zero gradient', () => {
    const x = tf.tensor1d([-1.5, 0.2, 3]);
    for (const op of [tf.sign, tf.step, tf.round, tf.floor, tf.ceil, tf.zerosLike, tf.onesLike]) {
      expect([
        ...tf
          .grad((t) => (op as (t: tf.Tensor) => tf.Tensor)(t))(x)
          .dataSync(),
      ]).toEqual([0, 0, 0]);
    }
    x.dispose();
  });
});

describe('products and indices', () => {
  test('matMul, all transpositions, broadcast batches', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        fc.tuple(size, size, size, size),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
        seed,
        ([n, m, k, p], [ta, tb, oneA, oneB], s) => {
          const a = random([oneA ? 1 : n, ...(ta ? [k, m] : [m, k])], s);
          const b = random([oneB ? 1 : n, ...(tb ? [p, k] : [k, p])], s + 1);
          checkGradient((x, y) => tf.matMul(x, y, ta, tb), [a, b]);
        },
      ),
      few,
    );
  });
  test('gather with batch dimensions', () => {
    const indices = tf.tensor2d(
      [
        [0, 2, 2],
        [1, 0, 1],
      ],
      [2, 3],
      'int32',
    );
    checkGradient((x) => tf.gather(x, indices, 1, 1), [random([2, 3, 2], 4)]);
    checkGradient((x) => tf.gather(x, indices, 2, 1), [random([2, 2, 3, 2], 5)]);
    indices.dispose();
  });
  test('unsortedSegmentSum', () => {
    const ids = tf.tensor1d([1, 0, 1, 2], 'int32');
    checkGradient((x) => tf.unsortedSegmentSum(x, ids, 3), [random([4, 3], 3)]);
    ids.dispose();
  });
  test('batchNorm with given statistics, scale and offset', () => {
    const vector = (t: tf.Tensor) => t as tf.Tensor1D;
    checkGradient(
      (x, m, v, o, s) => tf.batchNorm(x, vector(m), vector(v), vector(o), vector(s), 1e-3),
      [random([2, 3, 2, 3], 1), random([3], 2), random([3], 3, [0.5, 2]), random([3], 4), random([3], 5)],
    );
  });
});

describe('windows and resizing', () => {
  const window = fc.record({
    n: fc.integer({ min: 1, max: 2 }),
    h: fc.integer({ min: 1, max: 6 }),
    w: fc.integer({ min: 1, max: 6 }),
    c: fc.integer({ min: 1, max: 3 }),
    o: fc.integer({ min: 1, max: 3 }),
    k: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    seed,
  });
  test('conv2d of TensorFlow.js, dilated too', () => {
    fc.assert(
      fc.property(window, ({ n, h, w, c, o, k, stride, dilation, seed: s }) => {
        const strides = dilation === 1 ? stride : 1;
        checkGradient(
          (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, 'same', 'NHWC', dilation),
          [random([n, h, w, c], s), random([k, k, c, o], s + 1)],
        );
      }),
      few,
    );
  });
  test('conv2dTranspose', () => {
    checkGradient(
      (x, f) => tf.conv2dTranspose(x as tf.Tensor4D, f as tf.Tensor4D, [2, 5, 7, 2], 2, 'same'),
      [random([2, 3, 4, 3], 1), random([3, 3, 2, 3], 2)],
    );
  });
  test('depthwiseConv2d, dilated and with multipliers', () => {
    fc.assert(
      fc.property(window, ({ n, h, w, c, o, k, stride, dilation, seed: s }) => {
        const strides = dilation === 1 ? stride : 1;
        checkGradient(
          (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, 'same', 'NHWC', dilation),
          [random([n, h, w, c], s), random([k, k, c, o], s + 1)],
        );
      }),
      few,
    );
  });
  test('pools of TensorFlow.js with padding', () => {
    fc.assert(
      fc.property(
        window,
        fc.constantFrom('same' as const, 'valid' as const),
        ({ n, h, w, c, k, stride, seed: s }, pad) => {
          const size = Math.min(k, h, w);
          const x = random([n, h, w, c], s);
          checkGradient((t) => tf.avgPool(t as tf.Tensor4D, size, stride, pad), [x]);
          checkGradient((t) => tf.maxPool(t as tf.Tensor4D, size, stride, pad), [x]);
        },
      ),
      few,
    );
  });
  test('resizes in every mode, up and down, not square, batch 2, single cells', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.tuple(size, size, size, size),
        fc.constantFrom('corners', 'half', 'origin'),
        seed,
        ([h, w, h2, w2], mode, s) => {
          const [corners, half] = [mode === 'corners', mode === 'half'];
          checkGradient(
            (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [h2, w2], corners, half),
            [random([2, h, w, 2], s)],
          );
          if (corners && (h === 1 || w === 1)) return;
          checkGradient(
            (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [h2, w2], corners, half),
            [random([2, h, w, 2], s)],
          );
        },
      ),
      few,
    );
  });
});
