import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BinaryConv2dOptions,
  type BinaryConv2dTerm,
  binaryConv2d,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  type Estimator,
  estimators,
  registerBinaryOps,
} from '../src/tfjs/index.js';
import { normals } from './arbitraries.js';
import { referenceBackendName, registerReferenceBackend } from './reference-backend.js';

beforeAll(() => {
  registerBinaryOps();
  registerBinaryOps(); // again does no harm
  registerReferenceBackend();
});

/** A tensor as plain numbers, so that it can be made on any back end. */
interface Given {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const given = (shape: readonly number[], seed: number): Given => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: normals(size, seed) };
};
const made = ({ shape, values }: Given) => tf.tensor(values.slice(), [...shape]);

type Run = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Value and gradients of `f` on a back end, upstream gradients normal; fails if a tensor is left behind. */
function results(backend: string, f: Run, inputs: readonly Given[]): Float32Array[] {
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

/** Values must be equal on `cpu` and on packed bits, gradients up to the order of sums. */
function compare(f: Run, inputs: readonly Given[]): void {
  const [value, ...gradients] = results('cpu', f, inputs);
  const [onBits, ...gradientsOnBits] = results(referenceBackendName, f, inputs);
  expect(onBits).toEqual(value);
  gradients.forEach((expected, i) => {
    const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    expect(gradientsOnBits[i].length).toBe(expected.length);
    for (const [j, v] of gradientsOnBits[i].entries()) {
      if (!(Math.abs(v - expected[j]) <= 1e-5 * largest)) {
        throw new Error(`gradient ${i}, element ${j}: on bits ${v}, in floating point ${expected[j]}`);
      }
    }
  });
}

const map = (t: tf.Tensor) => t as tf.Tensor4D;
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

describe('binary convolutions on packed bits equal the composition of standard ops', () => {
  test.for([1, 2, 3])('sum of %i', (terms) => {
    const run = (q: Configuration) => compare((...inputs) => summed(inputs, q), inputsOf(q, terms));
    fc.assert(fc.property(configuration, run), { numRuns: 12 });
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
        compare((x, w) => binaryDepthwiseConv2d(map(x), map(w), q.options), inputs);
      }),
      { numRuns: 12 },
    );
  });
});

const options: BinaryConv2dOptions = {
  padValue: 1,
  activation: { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 },
  weight: { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 1 },
};

describe.each(['cpu', referenceBackendName])('on %s', (backend) => {
  test('the trained scale: y is linear in it, and its gradient is the sum of dy times the unscaled output', () => {
    const inputs = [given([2, 5, 5, 7], 1), given([3, 3, 7, 4], 2), given([4], 3)];
    const scaled: Run = (x, w, scale) => binaryConv2d(map(x), map(w), options, scale);
    const [y, , , dScale] = results(backend, scaled, inputs);
    const plain = results(backend, (x, w) => binaryConv2d(map(x), map(w), options), inputs.slice(0, 2))[0];
    const dy = given([2, 5, 5, 4], 99).values;
    const expected = [0, 0, 0, 0];
    plain.forEach((v, i) => {
      expect(y[i]).toBeCloseTo(v * inputs[2].values[i % 4], 4);
      expected[i % 4] += v * dy[i];
    });
    for (const [o, v] of expected.entries()) expect(dScale[o]).toBeCloseTo(v, 3);
  });

  test('a tensor in several terms gets the gradients of all of them', () => {
    const [x, w] = [given([1, 4, 4, 33], 1), given([3, 3, 33, 2], 2)];
    const twice: Run = (a, b) =>
      binaryConv2dSum(
        [
          { x: map(a), w: map(b) },
          { x: map(a), w: map(b) },
        ],
        options,
      );
    const once: Run = (a, b) => binaryConv2d(map(a), map(b), options);
    const [single, double] = [results(backend, once, [x, w]), results(backend, twice, [x, w])];
    expect(double).toEqual(single.map((values) => values.map((v) => v * 2)));
  });

  test('names what does not fit', () => {
    tf.setBackend(backend);
    const [x, w, scale] = [tf.zeros([1, 4, 4, 3]), tf.zeros([3, 3, 3, 2]), tf.zeros([3])] as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor,
    ];
    const narrow = tf.zeros([3, 3, 2, 2]) as tf.Tensor4D;
    expect(() => binaryConv2dSum([], options)).toThrow('at least one term');
    expect(() => binaryConv2d(x, w, options, scale)).toThrow('scale must be [2], [1] or [], got [3]');
    expect(() =>
      binaryConv2dSum(
        [
          { x, w },
          { x, w, scale },
        ],
        options,
      ),
    ).toThrow('all terms must have');
    expect(() =>
      binaryConv2dSum(
        [
          { x, w },
          { x: w, w },
        ],
        options,
      ),
    ).toThrow('x must be');
    expect(() => binaryDepthwiseConv2d(x, narrow, options)).toThrow('w must be [kh, kw, 3, m]');
    tf.dispose([x, w, scale, narrow]);
  });
});

test('training keeps a bit for each sign and a bit for each slope in place of the activations', () => {
  tf.setBackend(referenceBackendName);
  const [x, w] = [made(given([1, 8, 8, 64], 1)), made(given([3, 3, 64, 8], 2))];
  /** Bytes alive between the passes, when nobody else holds the activations. */
  const kept = (estimator: Estimator) => {
    let bytes = 0;
    tf.tidy(() => {
      const before = tf.memory().numBytes;
      const f: Run = (a, b) => {
        const y = tf.tidy(() =>
          binaryConv2d(map(tf.add(a, 1)), map(b), { ...options, activation: { ...options.activation, estimator } }),
        );
        bytes = tf.memory().numBytes - before - 4 * y.size;
        return y;
      };
      const dy = tf.ones([1, 8, 8, 8]);
      tf.grad((b: tf.Tensor) => f(x, b))(w, dy);
      bytes -= dy.size * 4;
    });
    return bytes;
  };
  const floats = x.size * 4;
  // The packed filter and its scales are kept too: 8 x 9 x 2 words and 8 floats; and a clone of the weights, which costs nothing but is counted.
  const ofWeights = 8 * 9 * 2 * 4 + 8 * 4 + w.size * 4;
  expect(kept(estimators.identity)).toBe(floats / 32 + ofWeights);
  expect(kept(estimators.clip)).toBe(floats / 16 + ofWeights);
  expect(kept(estimators.tri)).toBe(floats + floats / 32 + ofWeights);
  tf.dispose([x, w]);
});
