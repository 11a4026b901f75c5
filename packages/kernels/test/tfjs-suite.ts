import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type BinaryConv2dOptions,
  type BinaryConv2dTerm,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  estimators,
} from '../src/tfjs/index.js';
import { normals } from './arbitraries.js';

/** A tensor as plain numbers, so that it can be made on any back end. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const given = (shape: readonly number[], seed: number): Given => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: normals(size, seed) };
};
export const made = ({ shape, values }: Given) => tf.tensor(values.slice(), [...shape]);

export type Run = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Value and gradients of `f` on a back end, upstream gradients normal; fails if a tensor is left behind. */
export function results(backend: string, f: Run, inputs: readonly Given[]): Float32Array[] {
  tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const found = tf.tidy(() => {
    const tensors = inputs.map(made);
    const y = f(...tensors);
    const dy = made(given(y.shape, 99));
    return [y, ...tf.grads(f)(tensors, dy)].map((t) => t.dataSync() as Float32Array);
  });
  expect(tf.memory().numTensors).toBe(before);
  return found;
}

/**
 * Values must agree on `cpu` and on the packed bits of `backend`, to the bit unless the scale is a mean, gradients up to the order of sums. The
 * gradient at a scale adds up the whole output, with terms that cancel: its error grows with their size.
 */
function compare(backend: string, { weight }: BinaryConv2dOptions, f: Run, inputs: readonly Given[]): void {
  const expected = results('cpu', f, inputs);
  const actual = results(backend, f, inputs);
  if (weight.scale === 'none') expect(actual[0]).toEqual(expected[0]);
  expected.forEach((values, i) => {
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    const isScale = i > 0 && inputs[i - 1].shape.length < 2;
    const cancelled = isScale ? expected[0].reduce((a, b) => a + Math.abs(b), 0) : 0;
    const tolerance = 1e-5 * largest + 1e-6 * cancelled;
    expect(actual[i].length).toBe(values.length);
    for (const [j, v] of actual[i].entries()) {
      if (!(Math.abs(v - values[j]) <= tolerance)) {
        throw new Error(`output or gradient ${i}, element ${j}: on bits ${v}, in floating point ${values[j]}`);
      }
    }
  });
}

export const map = (t: tf.Tensor) => t as tf.Tensor4D;
/** An estimator that no kernel knows. */
const steep = { name: 'steep', derivative: (x: tf.Tensor) => tf.exp(tf.neg(tf.abs(x))) };

const configuration = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
  groupIn: fc.constantFrom(1, 3, 31, 33),
  groupOut: fc.integer({ min: 1, max: 3 }),
  groups: fc.constantFrom(1, 1, 2, 3),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  options: fc.record({
    strides: fc.integer({ min: 1, max: 2 }),
    dilations: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom('same' as const, 2, { top: 0, bottom: 2, left: 3, right: 1 }),
    padValue: fc.constantFrom(0 as const, 1 as const, -1 as const),
    activation: fc.record({
      levels: fc.constantFrom('pm1' as const, 'zero-one' as const),
      estimator: fc.constantFrom(...Object.values(estimators), steep),
      signOfZero: fc.constant(1 as const),
    }),
    weight: fc.record({
      scale: fc.constantFrom('none' as const, 'filter-mean' as const, 'layer-mean' as const),
      gradient: fc.constantFrom('identity' as const, 'clip' as const, 'scale-chain' as const),
      signOfZero: fc.constant(1 as const),
    }),
  }),
  scaled: fc.constantFrom('no' as const, 'channels' as const, 'all' as const),
  seed: fc.nat(),
});
type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;

function inputsOf(q: Configuration, terms: number): Given[] {
  const channels = q.groupIn * q.groups;
  const outChannels = q.groupOut * q.groups;
  return Array.from({ length: terms }, (_, i) => [
    given([q.batch, ...q.size, channels], q.seed + 3 * i),
    given([...q.kernel, q.groupIn, outChannels], q.seed + 3 * i + 1),
    ...(q.scaled === 'no' ? [] : [given(q.scaled === 'all' ? [] : [outChannels], q.seed + 3 * i + 2)]),
  ]).flat();
}

function summed(inputs: tf.Tensor[], q: Configuration): tf.Tensor {
  const each = q.scaled === 'no' ? 2 : 3;
  const terms: BinaryConv2dTerm[] = [];
  for (let i = 0; i < inputs.length; i += each) {
    terms.push({ x: map(inputs[i]), w: map(inputs[i + 1]), scale: q.scaled === 'no' ? undefined : inputs[i + 2] });
  }
  return binaryConv2dSum(terms, q.options);
}

/**
 * Compares the binary convolutions of a back end that has the kernels over packed bits with their composition of standard ops on `cpu`.
 * @param start makes the back end known to TensorFlow.js and current
 */
export function onBitsSuite(backend: string, start: () => void | Promise<void>): void {
  describe(`binary convolutions on the packed bits of ${backend} equal the composition of standard ops`, () => {
    beforeAll(start);

    test('the back end has the kernels', () => {
      expect(tf.getKernel('BinaryConv2DBits', backend)).toBeDefined();
    });

    test.for([1, 2, 3])('sum of %i', (terms) => {
      const run = (q: Configuration) =>
        compare(backend, q.options, (...inputs) => summed(inputs, q), inputsOf(q, terms));
      fc.assert(fc.property(configuration, run), { numRuns: 12 });
    });

    test('the gradient at the activations is not computed when nobody asks for it', () => {
      tf.setBackend(backend);
      const derivative = vi.fn(steep.derivative);
      const options: BinaryConv2dOptions = {
        padValue: 0,
        activation: { levels: 'pm1', estimator: { name: 'counted', derivative }, signOfZero: 1 },
        weight: { scale: 'none', gradient: 'clip', signOfZero: 1 },
      };
      tf.tidy(() => {
        const [x, w] = [made(given([1, 4, 4, 3], 1)), made(given([3, 3, 3, 2], 2))].map(map);
        tf.grad((weights) => binaryConv2dSum([{ x, w: map(weights) }], options))(w);
        expect(derivative).not.toHaveBeenCalled();
        tf.grad((activations) => binaryConv2dSum([{ x: map(activations), w }], options))(x);
        expect(derivative).toHaveBeenCalledOnce();
      });
    });

    test('depthwise, with more than one output per channel too', () => {
      const depthwise = fc.record({
        q: configuration,
        channels: fc.constantFrom(2, 33),
        multiplier: fc.constantFrom(1, 2),
      });
      fc.assert(
        fc.property(depthwise, ({ q, channels, multiplier }) => {
          const inputs = [
            given([1, ...q.size, channels], q.seed),
            given([...q.kernel, channels, multiplier], q.seed + 1),
          ];
          compare(backend, q.options, (x, w) => binaryDepthwiseConv2d(map(x), map(w), q.options), inputs);
        }),
        { numRuns: 12 },
      );
    });
  });
}
