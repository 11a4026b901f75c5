import '@tensorflow/tfjs-backend-cpu';
import { Random } from '@onebit/common';
import { registerGradients, tf } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SignWeight } from '../binarizers/sign-weight.js';
import { extraLosses } from '../extra-losses.js';
import type { Method } from '../methods/method.js';
import { isSignActivation, isSignWeight, withOptions, withWeight } from '../methods/options.js';
import { methods } from '../methods/table.js';
import { type ForwardContext, inference, type Module } from '../module.js';
import { BatchNorm } from './batch-norm.js';
import { BinaryConv2d, type BinaryConv2dOptions } from './binary-conv2d.js';
import { Conv2d, type Conv2dOptions } from './conv2d.js';
import { L2Norm } from './l2-norm.js';
import { BinaryLinear, Linear } from './linear.js';
import { AvgPool, MaxPool } from './pool.js';
import { Sequential } from './sequential.js';

const initial = { seed: 7, path: 'test' };
type Shape = [number, number, number, number];

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

function randomInput(shape: Shape, seed = 1): tf.Tensor4D {
  const random = new Random(seed);
  return tf.tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  );
}

/** The definition, tap by tap: symmetric padding with `pad`, taps of `a` against filters `w` `[kh, kw, in, out]`. */
function slowConv(
  a: tf.Tensor4D,
  w: tf.Tensor4D,
  { stride, dilation, padding }: Required<Geometry>,
  pad: number,
): number[] {
  const [n, height, width, channels] = a.shape;
  const [kh, kw, , out] = w.shape;
  const [av, wv] = [a.arraySync(), w.arraySync()];
  const outSize = (size: number, kernel: number, p: number) =>
    Math.floor((size + 2 * p - dilation * (kernel - 1) - 1) / stride) + 1;
  const y: number[] = [];
  for (let b = 0; b < n; b++)
    for (let r = 0; r < outSize(height, kh, padding[0]); r++)
      for (let c = 0; c < outSize(width, kw, padding[1]); c++)
        for (let o = 0; o < out; o++) {
          let sum = 0;
          for (let i = 0; i < kh; i++)
            for (let j = 0; j < kw; j++)
              for (let k = 0; k < channels; k++)
                sum +=
                  (av[b][r * stride + i * dilation - padding[0]]?.[c * stride + j * dilation - padding[1]]?.[k] ??
                    pad) * wv[i][j][k][o];
          y.push(sum);
        }
  return y;
}

interface Geometry {
  readonly stride: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
}

const geometries = fc.record({
  inChannels: fc.constantFrom(1, 3, 31, 33, 65),
  outChannels: fc.integer({ min: 1, max: 4 }),
  kernelSize: fc.constantFrom<[number, number]>([1, 1], [3, 3], [3, 1], [2, 3]),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom<[number, number]>([0, 0], [1, 1], [2, 1]),
  height: fc.integer({ min: 5, max: 8 }),
  width: fc.integer({ min: 5, max: 7 }),
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
  }
}

describe('convolutions', () => {
  // Sums of up to 600 float32 products, against float64.
  test('Conv2d is the plain sum over symmetric padding, with bias', () => {
    fc.assert(
      fc.property(geometries, ({ height, width, ...options }) => {
        const layer = new Conv2d({ ...options, bias: true }, initial);
        const bias = Float32Array.from({ length: options.outChannels }, (_, o) => o - 1);
        layer.bias?.variable.assign(tf.tensor1d(bias));
        const x = randomInput([2, height, width, options.inChannels]);
        const y = layer.forward(x, inference);
        const expected = slowConv(x, layer.weight.variable as tf.Tensor4D, options, 0);
        expectClose(
          y.dataSync(),
          expected.map((value, i) => value + bias[i % bias.length]),
          1e-4,
        );
        layer.dispose();
      }),
      { numRuns: 25 },
    );
  });

  // Methods whose layer is one sign on each side; the others have reference tests of their own.
  const plain = (Object.values(methods) as Method[]).filter(
    ({ activation, weight, output }) => isSignActivation(activation) && isSignWeight(weight) && output === undefined,
  );
  test.each(plain)('BinaryConv2d of $name is the plain sum of signs, padded with its padValue', (method) => {
    fc.assert(
      fc.property(geometries, ({ height, width, ...options }) => {
        const single = { method: withWeight(method, { prepare: undefined }), oneBase: true };
        const layer = new BinaryConv2d({ ...options, ...single }, initial);
        const x = randomInput([2, height, width, options.inChannels]);
        const sign = (t: tf.Tensor) => tf.sub(tf.mul(tf.cast(tf.greaterEqual(t, 0), 'float32'), 2), 1) as tf.Tensor4D;
        const w = layer.weight.variable as tf.Tensor4D;
        const { scale: kind } = (method.weight as SignWeight).parts;
        const axes = kind === 'filter-mean' ? [0, 1, 2] : undefined;
        const scale = kind === 'none' ? [1] : tf.mean(tf.abs(w), axes).dataSync();
        const expected = slowConv(sign(x), sign(w), options, method.padValue);
        const scaled = expected.map((value, i) => value * scale[i % scale.length]);
        expectClose(layer.forward(x, inference).dataSync(), scaled, 1e-5);
        layer.dispose();
      }),
      { numRuns: 15 },
    );
  });

  test('default padding keeps the size at stride 1 and is symmetric at stride 2', () => {
    const at = (stride: number, dilation: number) =>
      new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 3, stride, dilation }, initial).forward(
        randomInput([1, 8, 7, 1]),
        inference,
      ).shape;
    expect(at(1, 1)).toEqual([1, 8, 7, 1]);
    expect(at(1, 3)).toEqual([1, 8, 7, 1]);
    expect(at(2, 1)).toEqual([1, 4, 4, 1]);
  });

  test('an input behind a ReLU is taken as {0, 1}', () => {
    const options: BinaryConv2dOptions = {
      inChannels: 2,
      outChannels: 1,
      kernelSize: 1,
      method: methods.bnn,
      nonNegativeInput: true,
    };
    const layer = new BinaryConv2d(options, initial);
    layer.weight.variable.assign(tf.tensor4d([0.5, -2], [1, 1, 2, 1]));
    const x = tf.tensor4d([0, 0, 3, 0, 0, 4, 5, 6], [1, 2, 2, 2]);
    expect([...layer.forward(x, inference).dataSync()]).toEqual([0, 1, -1, 0]);
  });

  test('wrong shapes and options name the layer, what is expected and what was found', () => {
    const make = (options: Partial<Conv2dOptions>) =>
      new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3, ...options }, initial);
    expect(() => make({}).forward(randomInput([1, 4, 4, 3]), inference)).toThrow(
      /Conv2d: input must be \[N, H, W, 2\].*got \[1, 4, 4, 3\]/,
    );
    expect(() => make({ padding: 0 }).forward(randomInput([1, 2, 2, 2]), inference)).toThrow(
      /not smaller than the 3x3 kernel/,
    );
    expect(() => make({ kernelSize: 2 })).toThrow(/no symmetric padding/);
    expect(() => make({ outChannels: 1.5 })).toThrow(/outChannels must be an integer >= 1, got 1.5/);
    expect(() => make({ padding: -1 })).toThrow(/padding must be an integer >= 0/);
    const fc1 = new Linear({ inChannels: 2, outChannels: 1 }, initial);
    expect(() => fc1.forward(tf.zeros([1, 3]), inference)).toThrow(/input must be \[N, 2\], got \[1, 3\]/);
  });

  test.each([undefined, ...Object.values(methods)])('an empty batch stays empty', (method?: Method) => {
    const options = { inChannels: 4, outChannels: 4, kernelSize: 3, bias: true };
    const layer =
      method === undefined ? new Conv2d(options, initial) : new BinaryConv2d({ ...options, method }, initial);
    expect(layer.forward(tf.zeros([0, 5, 6, 4]), inference).shape).toEqual([0, 5, 6, 4]);
  });

  test('a pass for shapes only computes nothing but has all shapes', () => {
    const layer = new BinaryConv2d(
      { inChannels: 3, outChannels: 4, kernelSize: 3, stride: 2, method: methods.bidet },
      initial,
    );
    const y = layer.forward(randomInput([2, 5, 6, 3]), { training: false, shapesOnly: true });
    expect(y.shape).toEqual([2, 3, 3, 4]);
    expect(Math.max(...y.dataSync())).toBe(0);
  });
});

describe('gradients', () => {
  const bn = () => new BatchNorm({ channels: 4 });
  const conv = (method?: Method) => {
    const options = { inChannels: 4, outChannels: 4, kernelSize: 3, bias: true };
    return method === undefined ? new Conv2d(options, initial) : new BinaryConv2d({ ...options, method }, initial);
  };
  const stacks: [string, Module<tf.Tensor4D, tf.Tensor4D>][] = [
    ['Conv2d', new Sequential([conv(), bn(), conv()])],
    ...(Object.values(methods) as Method[]).map((method): [string, Sequential] => [
      method.name,
      new Sequential([conv(method), bn()]),
    ]),
    ['xnor with K', new Sequential([conv(withOptions(methods.xnor, { activationScale: 'window-mean' })), bn()])],
    ['L2Norm', new Sequential([conv(), new L2Norm({ channels: 4 })])],
    [
      'pools',
      new Sequential([
        conv(),
        new MaxPool({ size: 3, stride: 2, padding: 1 }),
        new AvgPool({ size: 2, ceilMode: true }),
      ]),
    ],
  ];

  test.each(stacks)('%s: one reaches the input and every parameter', (_name, model) => {
    const parameters = model.namedParameters();
    const x = randomInput([2, 5, 5, 4]);
    const context: ForwardContext = { training: true, progress: 0.5 };
    const loss = (t: tf.Tensor) => {
      const y = model.forward(t as tf.Tensor4D, context);
      const terms = [tf.sum(tf.square(tf.sub(y, 0.3))), ...Object.values(extraLosses(model, context))];
      return tf.addN(terms) as tf.Scalar;
    };
    const variables = parameters.map(([, { variable }]) => variable);
    const { grads } = tf.variableGrads(() => loss(x), variables);
    for (const [name, { variable }] of parameters) {
      const values = grads[variable.name].dataSync();
      expect([name, values.every(Number.isFinite)]).toEqual([name, true]);
      // The bias in front of a training batch normalisation has gradient 0: the mean is subtracted.
      if (!/^\d\.bias$/.test(name)) expect([name, values.some((value) => value !== 0)]).toEqual([name, true]);
    }
    expect(
      tf
        .grad(loss)(x)
        .dataSync()
        .some((value) => value !== 0),
    ).toBe(true);
  });

  test('linear layers, float and binary', () => {
    for (const layer of [
      new Linear({ inChannels: 4, outChannels: 3 }, initial),
      new BinaryLinear({ inChannels: 4, outChannels: 3, method: methods.bireal }, initial),
    ]) {
      const x = tf.reshape(randomInput([2, 1, 1, 4]), [2, 4]) as tf.Tensor2D;
      expect(layer.forward(x, inference).shape).toEqual([2, 3]);
      const variables = layer.namedParameters().map(([, { variable }]) => variable);
      const { grads } = tf.variableGrads(() => tf.sum(layer.forward(x, inference)), variables);
      for (const { name } of variables) expect(grads[name].dataSync().some((value) => value !== 0)).toBe(true);
    }
  });
});

describe('pools', () => {
  const x = tf.tensor4d([-1, -2, -3, -4, -5, -6, -7, -8, -9], [1, 3, 3, 1]);

  test('padding never wins a maximum', () => {
    const y = new MaxPool({ size: 3, stride: 2, padding: 1 }).forward(x, inference);
    expect([...y.dataSync()]).toEqual([-1, -2, -4, -5]);
  });

  test('ceil mode averages over the cells that exist', () => {
    const y = new AvgPool({ size: 2, ceilMode: true }).forward(x, inference);
    expectClose(y.dataSync(), [-3, -4.5, -7.5, -9], 1e-6);
  });

  test('without ceil mode the far border is left out', () => {
    expectClose(new AvgPool({ size: 2 }).forward(x, inference).dataSync(), [-3], 1e-6);
  });
});
