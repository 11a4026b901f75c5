import { Random } from '@onebit/common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, outputShape } from '../src/geometry.js';
import type { Int8Addition, Int8Kernels, Int8Output, Int8Term } from '../src/native/int8.js';
import { conv2d } from '../src/reference/conv2d.js';
import { referenceInt8Kernels as reference } from '../src/reference/int8.js';
import type { Activation, OutputTransform } from '../src/transform.js';
import { geometries, normals } from './arbitraries.js';
import { eachKernelSet } from './kernel-sets.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** All levels, the ends more often than others: sums and saturating instructions are tried where they would break. */
function levels(size: number, seed: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length: size }, () => {
    const level = Math.floor(random.uniform() * 320) - 160;
    return Math.min(Math.max(level, -128), 127);
  });
}

function termOf(g: Conv2dGeometry, seed: number, zeroPoint: number): Int8Term & { readonly filter: Int8Array } {
  const scale = normals(g.outChannels, seed + 2).map((v) => v / 1000);
  return { x: levels(sizeOf(inputShape(g)), seed), zeroPoint, filter: levels(sizeOf(filterShape(g)), seed + 1), scale };
}

function activationOf(kind: string, channels: number, seed: number): Activation | undefined {
  const [slope, shiftIn, shiftOut] = [0, 1, 2].map((i) => normals(channels, seed + i));
  if (kind === 'prelu') return { kind, slope };
  if (kind === 'rprelu') return { kind, shiftIn, slope, shiftOut };
  if (kind === 'clip') return { kind, low: -0.5, high: 3.3 };
  return undefined;
}

// Outputs start as something no kernel writes everywhere: an element that is forgotten is found.
const outputOf = (type: Int8Output['type'], size: number, seed: number): Int8Output => {
  if (type === 'dots') return { type, y: new Int32Array(size).fill(0x5a5a5a5a) };
  if (type === 'float32') return { type, y: new Float32Array(size).fill(Number.NaN) };
  return { type, y: new Int8Array(size).fill(85), inverseStep: 5 + (seed % 40), zeroPoint: (seed % 256) - 128 };
};
const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Bit equality; on failure the first differing element speaks. */
function expectSame(actual: Int8Output['y'], expected: Int8Output['y']): void {
  if (bytesOf(actual).equals(bytesOf(expected))) return;
  const i = [...expected].findIndex((value, j) => !Object.is(value, actual[j]));
  throw new Error(`element ${i}: ${actual[i]}, expected ${expected[i]}`);
}

function expectSameConvolution(
  kernels: Int8Kernels,
  term: Int8Term & { readonly filter: Int8Array },
  g: Conv2dGeometry,
  transform: OutputTransform,
  output: (size: number) => Int8Output,
): void {
  const expected = output(sizeOf(outputShape(g)));
  reference.conv2dInt8(term, g, transform, expected);
  for (const filter of [term.filter, kernels.prepareInt8Filter(term.filter, g)]) {
    const actual = output(expected.y.length);
    kernels.conv2dInt8({ ...term, filter }, g, transform, actual);
    expectSame(actual.y, expected.y);
  }
}

describe('reference of int8', () => {
  test('a convolution is that of the floats the levels stand for', () => {
    const g = conv2dGeometry([2, 7, 6, 6], [3, 2, 3, 8], { groups: 2, strides: 2 });
    const term = termOf(g, 3, -7);
    const y = new Int32Array(sizeOf(outputShape(g)));
    reference.conv2dInt8(term, g, {}, { type: 'dots', y });
    const x = Float32Array.from(term.x, (v) => v + 7);
    expect([...y]).toEqual([...conv2d(x, Float32Array.from(term.filter), g)]);
  });
});

eachKernelSet('int8', (native) => {
  const types = fc.constantFrom('dots' as const, 'float32' as const, 'int8' as const);
  const kinds = fc.constantFrom('none', 'prelu', 'rprelu', 'clip');
  const positions = fc.constantFrom(undefined, 'before' as const, 'after' as const);
  const zeroPoints = fc.integer({ min: -128, max: 127 });

  test('convolutions equal the reference to the bit', () => {
    fc.assert(
      fc.property(
        geometries([1, 2, 3, 4, 7, 16, 33, 66]),
        fc.nat(1e6),
        zeroPoints,
        types,
        kinds,
        fc.boolean(),
        positions,
        (g, seed, zeroPoint, type, kind, biased, position) => {
          const transform: OutputTransform = {
            offset: biased ? normals(g.outChannels, seed + 3) : undefined,
            activation: activationOf(kind, g.outChannels, seed + 4),
            residual: position && { values: normals(sizeOf(outputShape(g)), seed + 7), position },
          };
          const term = termOf(g, seed, zeroPoint);
          const dots = type === 'dots';
          expectSameConvolution(native(), dots ? { ...term, scale: null } : term, g, dots ? {} : transform, (size) =>
            outputOf(type, size, seed),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test.for([
    ['a stem', [1, 30, 29, 3], [7, 7, 3, 32], { strides: 2, padding: 3 }],
    ['two lines of seven pixels in a tile', [2, 7, 7, 20], [3, 3, 20, 48], {}],
    ['seven pixels with stride', [1, 13, 13, 8], [3, 3, 8, 16], { strides: 2 }],
    ['more than one band', [1, 90, 90, 64], [3, 3, 64, 4], {}],
    ['dilated taps', [1, 20, 20, 5], [3, 3, 5, 8], { dilations: 6 }],
    ['depthwise', [1, 9, 9, 19], [3, 3, 1, 19], { groups: 19 }],
    ['small groups', [1, 9, 30, 64], [3, 3, 8, 64], { groups: 8 }],
  ] as const)('%s', ([, input, filter, options]) => {
    const g = conv2dGeometry(input, filter, options);
    expectSameConvolution(native(), { ...termOf(g, 5, 11), scale: null }, g, {}, (size) => outputOf('dots', size, 0));
  });

  test('sums of the largest products do not saturate', () => {
    const g = conv2dGeometry([1, 1, 3, 4096], [1, 1, 4096, 33]);
    for (const [a, zeroPoint] of [[127, -128] as const, [-128, 127] as const, [-128, -128] as const]) {
      const term = {
        x: new Int8Array(3 * 4096).fill(a),
        zeroPoint,
        filter: new Int8Array(4096 * 33).fill(-128),
        scale: null,
      };
      expectSameConvolution(native(), term, g, {}, (size) => outputOf('dots', size, 0));
    }
  });

  test('results do not depend on the number of threads', () => {
    const g = conv2dGeometry([2, 40, 41, 24], [3, 3, 24, 70]);
    const term = termOf(g, 1, 4);
    const results = [1, 2, 3].map((threads) => {
      native().setThreads(threads);
      const output = outputOf('float32', sizeOf(outputShape(g)), 0);
      native().conv2dInt8(term, g, {}, output);
      return output.y;
    });
    native().setThreads(2);
    expectSame(results[1], results[0]);
    expectSame(results[2], results[0]);
  });

  test('quantization and back equal the reference', () => {
    const steps = fc.constantFrom(1, 0.5, 3.7, 100, -2, 1e-30, 1e30);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(), steps, zeroPoints, (size, seed, step, zeroPoint) => {
        const x = normals(size, seed);
        const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 1.5, -2.5, 3e38];
        for (const [i, value] of special.entries()) if (3 * i < size) x[3 * i] = value;
        const [y, expected] = [new Int8Array(size).fill(85), new Int8Array(size)];
        native().quantizeInt8(x, y, step, zeroPoint);
        reference.quantizeInt8(x, expected, step, zeroPoint);
        expectSame(y, expected);
        const [back, expectedBack] = [new Float32Array(size).fill(Number.NaN), new Float32Array(size)];
        native().dequantizeInt8(y, back, step, zeroPoint);
        reference.dequantizeInt8(y, expectedBack, step, zeroPoint);
        expectSame(back, expectedBack);
      }),
      { numRuns: 60 },
    );
  });

  test('max-pools equal the reference', () => {
    fc.assert(
      fc.property(geometries([1, 5, 16, 40, 130]), fc.nat(), (conv, seed) => {
        const g = { ...conv, groups: 1, outChannels: conv.inChannels };
        const x = levels(sizeOf(inputShape(g)), seed);
        const [y, expected] = [0, 1].map(() => new Int8Array(sizeOf(outputShape(g))).fill(85));
        native().maxPoolInt8(x, y, g);
        reference.maxPoolInt8(x, expected, g);
        expectSame(y, expected);
      }),
      { numRuns: 50 },
    );
  });

  test('sums of two tensors equal the reference', () => {
    const step = fc.constantFrom(0.01, 0.1, 1, 3);
    const quantization: fc.Arbitrary<Int8Addition> = fc.record({
      stepA: step,
      zeroPointA: zeroPoints,
      stepB: step,
      zeroPointB: zeroPoints,
      inverseStep: fc.constantFrom(0.1, 1, 7.3, 50),
      zeroPoint: zeroPoints,
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150 }), fc.nat(), quantization, (size, seed, q) => {
        const [a, b] = [levels(size, seed), levels(size, seed + 1)];
        const [y, expected] = [new Int8Array(size).fill(85), new Int8Array(size)];
        native().addInt8(a, b, y, q);
        reference.addInt8(a, b, expected, q);
        expectSame(y, expected);
      }),
    );
  });

  describe('wrong arguments throw before anything is touched', () => {
    const g = conv2dGeometry([1, 4, 4, 2], [3, 3, 2, 5]);
    const term = termOf(g, 1, 0);
    const output = outputOf('int8', 80, 1);
    const run = (change: object, geometry = g, out: object = output) =>
      native().conv2dInt8({ ...term, ...change }, geometry, {}, out as Int8Output);

    test('convolution', () => {
      expect(() => run({ x: term.x.subarray(1) })).toThrow('conv2dInt8: term.x must have length 32, got 31');
      expect(() => run({ x: new Uint8Array(32) })).toThrow('conv2dInt8: term.x must be a Int8Array');
      expect(() => run({ zeroPoint: 128 })).toThrow('conv2dInt8: term.zeroPoint must be an integer in [-128, 127]');
      expect(() => run({ scale: new Float32Array(4) })).toThrow('conv2dInt8: term.scale must have length 5, got 4');
      expect(() => run({ filter: new Int8Array(89) })).toThrow('conv2dInt8: term.filter must have length 90, got 89');
      expect(() => run({}, { ...g, outWidth: 5 })).toThrow(/^conv2dInt8: geometry: output width must be 4/);
      expect(() => run({}, g, { ...output, inverseStep: Number.NaN })).toThrow(
        'conv2dInt8: inverseStep must be a finite number',
      );
      expect(() => run({}, g, { ...output, y: new Int8Array(79) })).toThrow(
        'conv2dInt8: y must have length 80, got 79',
      );
      expect(() => run({}, g, { type: 'bits', y: new Int32Array(16), levels: 'pm1' })).toThrow(
        "output.type must be 'dots', 'float32' or 'int8'",
      );
      const long = conv2dGeometry([1, 1, 1, 65537], [1, 1, 65537, 1]);
      expect(() => run({}, long)).toThrow('a dot product must have at most 65536 terms, got 65537');
    });

    test('prepared filters', () => {
      const filter = native().prepareInt8Filter(term.filter, g);
      expect(() => run({ filter: { ...filter, kernelSet: 'sse' } })).toThrow('term.filter must be prepared for');
      expect(() => run({ filter: { ...filter, groups: 2 } })).toThrow(
        'term.filter must be prepared for [5, 3, 3, 2] and 1 group(s)',
      );
      const short = { ...filter, panels: filter.panels.subarray(1) };
      expect(() => run({ filter: short })).toThrow('term.filter.panels must have length');
      // Two taps of three channels take as many words side by side as apart.
      const [near, far] = [1, 2].map((dilations) => conv2dGeometry([1, 4, 4, 3], [1, 2, 3, 5], { dilations }));
      const { x, filter: weights } = termOf(near, 1, 0);
      const apart = native().prepareInt8Filter(weights, far);
      const other = expect(() => run({ x, filter: apart }, near));
      other.toThrow(/must be prepared for a geometry with the same dilation|panels must have length/);
    });

    test('the others', () => {
      const [x, y] = [new Float32Array(4), new Int8Array(4)];
      expect(() => native().quantizeInt8(x, y, Number.NaN, 0)).toThrow('quantizeInt8: inverseStep must be finite');
      expect(() => native().quantizeInt8(x, y.subarray(1), 1, 0)).toThrow('quantizeInt8: y must have length 4, got 3');
      expect(() => native().dequantizeInt8(y, x, 1, 300)).toThrow('dequantizeInt8: zeroPoint must be an integer');
      expect(() => native().maxPoolInt8(y, y, g)).toThrow('maxPoolInt8: geometry: a pool must have as many output');
      const q = { stepA: 1, zeroPointA: 0, stepB: 1, zeroPointB: 0, inverseStep: 1, zeroPoint: 0 };
      expect(() => native().addInt8(y, y.subarray(1), y, q)).toThrow('addInt8: b must have length 4, got 3');
      expect(() => native().addInt8(y, y, y, { ...q, zeroPoint: 0.5 })).toThrow(
        'addInt8: zeroPoint must be an integer',
      );
    });
  });
});
