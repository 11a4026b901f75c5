import { globalNorm, smoothL1 } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareBackends, type Given, given, nativeAvailable, startNative } from '../conformance.js';

const few = { numRuns: 10 };
const seed = fc.integer({ min: 0, max: 2 ** 30 });
const small = fc.integer({ min: 1, max: 3 });
/** Sizes around the widths of vector registers and words. */
const channels = fc.constantFrom(1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 65, 130);
const shapeOf = (rank: number, max = 5) => fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });
const anyShape = fc.integer({ min: 0, max: 4 }).chain((rank) => shapeOf(rank));
const map = (t: tf.Tensor) => t as tf.Tensor4D;

const broadcastPair = fc.integer({ min: 0, max: 4 }).chain((rank) =>
  fc
    .tuple(
      shapeOf(rank, 9),
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: rank, maxLength: rank }),
      fc.nat(rank),
      fc.boolean(),
    )
    .map(([shape, ones, cut, swap]): [number[], number[]] => {
      const first = shape.map((size, i) => (ones[i][0] ? 1 : size));
      const second = shape.map((size, i) => (ones[i][1] ? 1 : size)).slice(cut);
      return swap ? [second, first] : [first, second];
    }),
);

describe.skipIf(!nativeAvailable())('native kernels agree with the JavaScript ones', () => {
  beforeAll(async () => {
    await startNative();
  });

  describe('functions of one tensor', () => {
    const anywhere = { low: -4, high: 4 };
    const positive = { low: 0.25, high: 4 };
    const functions: [string, (x: tf.Tensor) => tf.Tensor, { low: number; high: number }][] = [
      ['abs', tf.abs, anywhere],
      ['neg', tf.neg, anywhere],
      ['square', tf.square, anywhere],
      ['sqrt', tf.sqrt, positive],
      ['rsqrt', tf.rsqrt, positive],
      ['reciprocal', tf.reciprocal, positive],
      ['sign', tf.sign, anywhere],
      ['floor', tf.floor, anywhere],
      ['ceil', tf.ceil, anywhere],
      ['round', tf.round, anywhere],
      ['exp', tf.exp, anywhere],
      ['expm1', tf.expm1, anywhere],
      ['log', tf.log, positive],
      ['log1p', tf.log1p, positive],
      ['tanh', tf.tanh, anywhere],
      ['sin', tf.sin, anywhere],
      ['cos', tf.cos, anywhere],
      ['sigmoid', tf.sigmoid, anywhere],
      ['softplus', tf.softplus, anywhere],
      ['relu', tf.relu, anywhere],
      ['relu6', (x) => tf.relu6(tf.mul(x, 2)), anywhere],
      ['elu', tf.elu, anywhere],
      ['leakyRelu', (x) => tf.leakyRelu(x, 0.3), anywhere],
      ['step', (x) => tf.step(x, 0.25), anywhere],
      ['clipByValue', (x) => tf.clipByValue(x, -1, 1.5), anywhere],
      ['smoothL1', (x) => smoothL1(x), anywhere],
      ['softmax', (x) => tf.softmax(x), anywhere],
      ['logSoftmax', (x) => tf.logSoftmax(x), anywhere],
    ];
    test.for(functions)('%s', ([name, f, range]) => {
      const scalars = name.toLowerCase().includes('softmax') ? fc.constant([1, 7]) : fc.constant<number[]>([]);
      fc.assert(
        fc.property(fc.oneof(scalars, shapeOf(1, 300), shapeOf(3)), seed, (shape, s) =>
          compareBackends(f, [given(shape, s, range)]),
        ),
        few,
      );
    });
    test('NaN, infinities and minus zero come out as in JavaScript', () => {
      const odd: Given = { shape: [4], dtype: 'float32', values: [Number.NaN, Infinity, -Infinity, -0] };
      for (const f of [tf.abs, tf.relu, tf.exp, tf.sigmoid, tf.tanh, tf.sign, tf.isNaN, tf.isInf, tf.isFinite]) {
        compareBackends((x) => (f as (x: tf.Tensor) => tf.Tensor)(x), [odd], { gradients: false });
      }
    });
    test.for<Given['dtype']>(['int32', 'bool', 'float32'])('casts from %s', (dtype) => {
      fc.assert(
        fc.property(anyShape, seed, (shape, s) => {
          for (const to of ['int32', 'bool', 'float32'] as const) {
            compareBackends((x) => tf.cast(x, to), [given(shape, s, { dtype })], { gradients: false });
          }
        }),
        few,
      );
    });
    test('int32 variants', () => {
      for (const f of [tf.abs, tf.neg, tf.square, tf.sign, tf.relu]) {
        const x = given([3, 17], 5, { dtype: 'int32' });
        compareBackends((t) => (f as (x: tf.Tensor) => tf.Tensor)(t), [x], { gradients: false });
      }
    });
  });

  describe('functions of two tensors, any broadcasting', () => {
    const float: [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, number][] = [
      ['add', tf.add, -2],
      ['sub', tf.sub, -2],
      ['mul', tf.mul, -2],
      ['div', tf.div, 0.25],
      ['squaredDifference', tf.squaredDifference, -2],
      ['maximum', tf.maximum, -2],
      ['minimum', tf.minimum, -2],
      ['pow', tf.pow, 0.25],
      ['mod', tf.mod, 0.25],
      ['prelu', tf.prelu, -2],
    ];
    test.for(float)('%s', ([name, f, low]) => {
      const gradients = name !== 'mod';
      fc.assert(
        fc.property(broadcastPair, seed, ([a, b], s) => {
          if (name === 'prelu' && b.length > a.length) return;
          if (name === 'prelu' && !tf.util.arraysEqual(tf.broadcast_util.assertAndGetBroadcastShape(a, b), a)) return;
          compareBackends((x, y) => f(x, y), [given(a, s, { low, high: 3 }), given(b, s + 1, { low, high: 3 })], {
            gradients,
          });
        }),
        { numRuns: 15 },
      );
    });
    test('int32 arithmetic', () => {
      fc.assert(
        fc.property(broadcastPair, seed, ([a, b], s) => {
          for (const f of [tf.add, tf.sub, tf.mul, tf.maximum, tf.minimum, tf.squaredDifference, tf.floorDiv, tf.mod]) {
            const inputs = [given(a, s, { dtype: 'int32' }), given(b, s + 1, { dtype: 'int32', low: 1, high: 3 })];
            compareBackends((x, y) => f(x, y), inputs, { gradients: false });
          }
        }),
        few,
      );
    });
    test('comparisons and logic', () => {
      fc.assert(
        fc.property(broadcastPair, seed, fc.constantFrom<Given['dtype']>('float32', 'int32'), ([a, b], s, dtype) => {
          for (const f of [tf.greater, tf.greaterEqual, tf.less, tf.lessEqual, tf.equal, tf.notEqual]) {
            compareBackends((x, y) => f(x, y), [given(a, s, { dtype }), given(b, s + 1, { dtype })], {
              gradients: false,
            });
          }
          for (const f of [tf.logicalAnd, tf.logicalOr]) {
            const inputs = [given(a, s, { dtype: 'bool' }), given(b, s + 1, { dtype: 'bool' })];
            compareBackends((x, y) => f(x, y), inputs, { gradients: false });
          }
        }),
        few,
      );
      compareBackends((x) => tf.logicalNot(x), [given([3, 5], 1, { dtype: 'bool' })], { gradients: false });
    });
    test('where', () => {
      fc.assert(
        fc.property(
          shapeOf(3),
          seed,
          fc.constantFrom<Given['dtype']>('float32', 'int32', 'bool'),
          (shape, s, dtype) => {
            const inputs = [
              given(shape, s, { dtype: 'bool' }),
              given(shape, s + 1, { dtype }),
              given(shape, s + 2, { dtype }),
            ];
            compareBackends((c, t, e) => tf.where(c, t, e), inputs, { gradients: false });
          },
        ),
        few,
      );
    });
    test('where, gradient', () => {
      const f = (t: tf.Tensor, e: tf.Tensor) => tf.where(tf.greater(t, e), tf.mul(t, 2), e);
      compareBackends(f, [given([4, 9], 1), given([4, 9], 2)]);
    });
    test('addN', () => {
      compareBackends((a, b, c) => tf.addN([a, b, c]), [given([3, 19], 1), given([3, 19], 2), given([3, 19], 3)]);
    });
  });

  describe('reductions over any axes', () => {
    const reductions: [string, (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor][] = [
      ['sum', tf.sum],
      ['mean', tf.mean],
      ['max', tf.max],
      ['min', tf.min],
      ['prod', tf.prod],
    ];
    const axes = fc.subarray([0, 1, 2, 3], { minLength: 1 });
    test.for(reductions)('%s', ([name, f]) => {
      fc.assert(
        fc.property(fc.tuple(small, small, small, channels), axes, fc.boolean(), seed, (shape, over, keep, s) => {
          if (name === 'prod' && shape[3] > 8) return;
          compareBackends((x) => f(x, over, keep), [given(shape, s, { low: 0.5 })]);
        }),
        few,
      );
    });
    test('int32 and bool', () => {
      for (const f of [tf.sum, tf.max, tf.min]) {
        compareBackends((x) => f(x, [0, 2]), [given([3, 4, 17], 3, { dtype: 'int32' })], { gradients: false });
      }
      compareBackends((x) => tf.sum(x), [given([3, 17], 4, { dtype: 'bool' })], { gradients: false });
      for (const f of [tf.any, tf.all]) {
        compareBackends((x) => f(x, 1), [given([9, 2, 3], 5, { dtype: 'bool' })], { gradients: false });
      }
    });
    test('argMax and argMin, ties to the first', () => {
      fc.assert(
        fc.property(fc.tuple(small, small, channels), fc.nat(2), seed, (shape, axis, s) => {
          for (const f of [tf.argMax, tf.argMin]) {
            compareBackends((x) => f(x, axis), [given(shape, s, { low: -0.2, high: 0.2 })], { gradients: false });
          }
        }),
        few,
      );
    });
    test('globalNorm', () => {
      compareBackends((a, b) => globalNorm([a, b]), [given([33, 7], 1), given([5], 2)], { gradients: false });
    });
  });

  describe('layout', () => {
    const layouts: [string, (x: tf.Tensor4D) => tf.Tensor | tf.Tensor[]][] = [
      ['transpose', (x) => tf.transpose(x, [2, 0, 3, 1])],
      ['swap of the last two', (x) => tf.transpose(x, [0, 1, 3, 2])],
      ['tile', (x) => tf.tile(x, [1, 2, 1, 3])],
      ['broadcastTo', (x) => tf.broadcastTo(tf.slice(x, [0, 0, 0, 0], [-1, 1, -1, 1]), x.shape)],
      [
        'pad',
        (x) =>
          tf.pad(
            x,
            [
              [0, 0],
              [1, 2],
              [0, 3],
              [1, 0],
            ],
            0.5,
          ),
      ],
      ['slice', (x) => tf.slice(x, [0, 0, x.shape[2] - 1, 0], [-1, 1, 1, -1])],
      ['slice to nothing', (x) => tf.slice(x, [0, 0, 0, 0], [-1, 0, -1, -1])],
      ['reverse', (x) => tf.reverse(x, [1, 3])],
      ['concat', (x) => tf.concat([x, tf.mul(x, 2), x], 2)],
      ['concat with an empty tensor', (x) => tf.concat([tf.zeros([x.shape[0], 0, x.shape[2], x.shape[3]]), x], 1)],
      ['stack', (x) => tf.stack([x, tf.neg(x)], 2)],
      ['unstack', (x) => tf.unstack(x, 3)],
      ['split', (x) => tf.split(x, [1, x.shape[3] - 1], 3)],
      ['reshape', (x) => tf.reshape(x, [x.shape[0], -1])],
      ['expandDims', (x) => tf.expandDims(x, -1)],
      ['clone', (x) => tf.clone(x)],
      ['gather', (x) => tf.gather(x, tf.tensor2d([[0, x.shape[3] - 1, 0]], [1, 3], 'int32'), 3)],
      ['gather of rows', (x) => tf.gather(x, tf.tensor1d([x.shape[0] - 1, 0], 'int32'))],
    ];
    test.for(layouts)('%s', ([, f]) => {
      fc.assert(
        fc.property(fc.tuple(small, small, small, fc.constantFrom(1, 2, 16, 33)), seed, (shape, s) => {
          compareBackends((x) => f(map(x)), [given(shape, s)], { native: false });
        }),
        few,
      );
    });
    test.for<Given['dtype']>(['int32', 'bool'])('moves %s', (dtype) => {
      for (const [, f] of layouts.filter(
        ([name]) => !['concat', 'stack', 'concat with an empty tensor'].includes(name),
      )) {
        compareBackends((x) => f(map(x)), [given([2, 3, 2, 17], 9, { dtype })], { gradients: false });
      }
    });
    test('stridedSlice', () => {
      const f = (x: tf.Tensor) => tf.stridedSlice(x, [1, -1, 0], [5, 0, 4], [2, -2, 1], 0, 0, 0, 0, 0);
      compareBackends(f, [given([5, 4, 7], 3)], { gradients: false });
      compareBackends((x) => tf.stridedSlice(x, [1, 0], [2, 3], [1, 1], 0, 0, 0, 0, 1), [given([5, 4], 3)], {
        gradients: false,
      });
    });
    test('oneHot, fill, unsortedSegmentSum', () => {
      compareBackends(
        (i) => tf.oneHot(i as tf.Tensor1D, 5),
        [given([3, 4], 1, { dtype: 'int32', low: -0.5, high: 2 })],
        {
          gradients: false,
        },
      );
      compareBackends(() => tf.fill([3, 300], 1.5), [], { gradients: false });
      const ids: Given = { shape: [5], dtype: 'int32', values: [2, 0, 2, 1, 2] };
      compareBackends(
        (x, i) => tf.unsortedSegmentSum(x, tf.cast(i, 'int32') as tf.Tensor1D, 4),
        [given([5, 3], 2), ids],
        {
          gradients: false,
        },
      );
    });
  });

  test('odd types fall back to JavaScript instead of failing', () => {
    tf.tidy(() => {
      const z = tf.complex([1, 2], [3, 4]);
      expect([...tf.real(tf.mul(z, z)).dataSync()]).toEqual([-8, -12]);
      expect(tf.concat([tf.tensor1d(['a']), tf.tensor1d(['b'])]).dataSync()).toEqual(['a', 'b']);
      expect(tf.add(tf.ones([1, 1, 1, 1, 1, 1, 2]), 1).dataSync()[1]).toBe(2);
    });
  });
});
