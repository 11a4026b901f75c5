import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, outputShape } from '../src/geometry.js';
import * as reference from '../src/reference/conv2d.js';
import { matMul } from '../src/reference/mat-mul.js';
import type { Activation, OutputTransform } from '../src/transform.js';
import { geometries, normals } from './arbitraries.js';
import { eachKernelSet } from './kernel-sets.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const magnitudes = (x: Float32Array) => x.map(Math.abs);

/**
 * A float32 sum of n products in any order is off by at most about n * 2^-24 of the sum of their magnitudes; the kernels sum in blocks, where
 * the error grows far slower. 4e-6 (64 half units in the last place) holds with room for the up to 5,000 products met here.
 */
function expectClose(actual: Float32Array, expected: Float32Array, magnitude: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= 4e-6 * magnitude[i] + 1e-30)) {
      throw new Error(`element ${i}: ${actual[i]}, expected ${expected[i]} with magnitudes ${magnitude[i]}`);
    }
  }
}

function operands(g: Conv2dGeometry, seed: number) {
  return {
    x: normals(sizeOf(inputShape(g)), seed),
    w: normals(sizeOf(filterShape(g)), seed + 1),
    dy: normals(sizeOf(outputShape(g)), seed + 2),
  };
}
// Outputs start as NaN: an element the kernel forgets is found.
const nans = (size: number) => new Float32Array(size).fill(Number.NaN);

const activations = (channels: number, seed: number): Record<string, Activation | undefined> => ({
  none: undefined,
  relu: { kind: 'prelu', slope: new Float32Array(channels) },
  prelu: { kind: 'prelu', slope: normals(channels, seed) },
  rprelu: {
    kind: 'rprelu',
    shiftIn: normals(channels, seed),
    slope: normals(channels, seed + 1),
    shiftOut: normals(channels, seed + 2),
  },
  clip: { kind: 'clip', low: -1, high: 2.5 },
});

function activate(activation: Activation | undefined, v: number, o: number): number {
  if (activation === undefined) return v;
  if (activation.kind === 'clip') return Math.min(Math.max(v, activation.low), activation.high);
  const [shiftIn, shiftOut] =
    activation.kind === 'rprelu' ? [activation.shiftIn[o], activation.shiftOut[o]] : ([0, 0] as const);
  const shifted = v - shiftIn;
  return (shifted >= 0 ? shifted : activation.slope[o] * shifted) + shiftOut;
}

/** What conv2dFused should give, from the sums of conv2d. */
function finished(sums: Float32Array, channels: number, { offset, activation, residual }: OutputTransform) {
  return sums.map((sum, i) => {
    const o = i % channels;
    const before = residual?.position === 'before' ? residual.values[i] : 0;
    const after = residual?.position === 'after' ? residual.values[i] : 0;
    return activate(activation, sum + (offset?.[o] ?? 0) + before, o) + after;
  });
}

eachKernelSet('float convolution', (native) => {
  const channels = [1, 3, 8, 17, 31, 65];
  const runs = { numRuns: 60 };

  test('forward and both gradients equal the reference', () => {
    fc.assert(
      fc.property(geometries(channels), fc.nat(), (g, seed) => {
        const { x, w, dy } = operands(g, seed);
        const y = nans(dy.length);
        native().conv2d(x, w, y, g);
        expectClose(y, reference.conv2d(x, w, g), reference.conv2d(magnitudes(x), magnitudes(w), g));
        const dx = nans(x.length);
        native().conv2dBackpropInput(dy, w, dx, g);
        const dxMagnitude = reference.conv2dBackpropInput(magnitudes(dy), magnitudes(w), g);
        expectClose(dx, reference.conv2dBackpropInput(dy, w, g), dxMagnitude);
        const dw = nans(w.length);
        native().conv2dBackpropFilter(x, dy, dw, g);
        const dwMagnitude = reference.conv2dBackpropFilter(magnitudes(x), magnitudes(dy), g);
        expectClose(dw, reference.conv2dBackpropFilter(x, dy, g), dwMagnitude);
      }),
      runs,
    );
  });

  test.for([
    ['several blocks of depth and columns', [1, 6, 5, 130], [3, 3, 130, 70], 1],
    ['more columns than one task holds', [1, 2, 2, 5], [1, 1, 5, 1100], 1],
    ['a sum over many pixels, cut into parts', [1, 66, 64, 2], [2, 2, 2, 3], 1],
    ['a strided stem', [2, 21, 19, 3], [7, 7, 3, 20], 2],
    ['a stride beyond the kernel', [2, 9, 9, 6], [1, 1, 6, 9], 3],
  ] as const)('%s', ([, input, filter, strides]) => {
    const g = conv2dGeometry(input, filter, { strides });
    const { x, w, dy } = operands(g, 5);
    const [y, dx, dw] = [nans(dy.length), nans(x.length), nans(w.length)];
    native().conv2d(x, w, y, g);
    native().conv2dBackpropInput(dy, w, dx, g);
    native().conv2dBackpropFilter(x, dy, dw, g);
    const [ax, aw, ady] = [x, w, dy].map(magnitudes);
    expectClose(y, reference.conv2d(x, w, g), reference.conv2d(ax, aw, g));
    expectClose(dx, reference.conv2dBackpropInput(dy, w, g), reference.conv2dBackpropInput(ady, aw, g));
    expectClose(dw, reference.conv2dBackpropFilter(x, dy, g), reference.conv2dBackpropFilter(ax, ady, g));
  });

  test.for([
    ['depthwise', [2, 11, 13, 37], [3, 3, 1, 37], 37, 1, 1],
    ['depthwise with stride', [1, 12, 9, 20], [5, 4, 1, 20], 20, 2, 1],
    ['depthwise with dilation', [1, 9, 14, 64], [3, 3, 1, 64], 64, 1, 3],
    ['depthwise, a kernel beyond the image', [1, 3, 2, 5], [7, 7, 1, 5], 5, 1, 1],
    ['many small groups', [2, 9, 23, 72], [3, 3, 8, 72], 9, 1, 1],
    ['many small groups with stride', [1, 15, 30, 64], [3, 3, 8, 96], 8, 2, 1],
    ['lines of several images in a block', [3, 14, 14, 64], [3, 3, 64, 33], 1, 1, 1],
    ['a dilated kernel over lines of several images', [2, 15, 13, 64], [3, 3, 64, 20], 1, 1, 4],
    ['dilated groups', [2, 17, 19, 48], [3, 3, 12, 40], 4, 1, 2],
    ['dilated groups of few channels with stride', [2, 25, 31, 36], [3, 5, 3, 24], 12, 2, 3],
    ['groups too deep for one block', [1, 5, 5, 280], [3, 3, 140, 40], 2, 1, 1],
    ['more channels of groups than a task holds', [1, 6, 6, 400], [3, 3, 40, 120], 10, 1, 1],
  ] as const)('%s', ([, input, filter, groups, strides, dilations]) => {
    const g = conv2dGeometry(input, filter, { groups, strides, dilations });
    const { x, w, dy } = operands(g, 3);
    const [y, dx, dw] = [nans(dy.length), nans(x.length), nans(w.length)];
    native().conv2d(x, w, y, g);
    native().conv2dBackpropInput(dy, w, dx, g);
    native().conv2dBackpropFilter(x, dy, dw, g);
    const [ax, aw, ady] = [x, w, dy].map(magnitudes);
    expectClose(y, reference.conv2d(x, w, g), reference.conv2d(ax, aw, g));
    expectClose(dx, reference.conv2dBackpropInput(dy, w, g), reference.conv2dBackpropInput(ady, aw, g));
    expectClose(dw, reference.conv2dBackpropFilter(x, dy, g), reference.conv2dBackpropFilter(ax, ady, g));
  });

  test('bias, activation and residual are those of the plain convolution, prepared filter or not', () => {
    const kinds = fc.constantFrom('none', 'relu', 'prelu', 'rprelu', 'clip');
    const positions = fc.constantFrom(undefined, 'before' as const, 'after' as const);
    fc.assert(
      fc.property(geometries(channels), fc.nat(), kinds, fc.boolean(), positions, (g, seed, kind, biased, position) => {
        const { x, w, dy } = operands(g, seed);
        const transform: OutputTransform = {
          offset: biased ? normals(g.outChannels, seed + 3) : undefined,
          activation: activations(g.outChannels, seed + 4)[kind],
          residual: position && { values: dy, position },
        };
        const sums = nans(dy.length);
        native().conv2d(x, w, sums, g);
        const expected = finished(sums, g.outChannels, transform);
        for (const filter of [w, native().prepareConvFilter(w, g)]) {
          const y = nans(dy.length);
          native().conv2dFused(x, filter, y, g, transform);
          for (let i = 0; i < y.length; i++) {
            // A few roundings of numbers about as large as the sum.
            if (!(Math.abs(y[i] - expected[i]) <= 2e-6 * (Math.abs(sums[i]) + 10))) {
              throw new Error(`element ${i}: ${y[i]}, expected ${expected[i]} from ${sums[i]}`);
            }
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  test('a prepared filter serves other sizes of the picture, and only its own shape', () => {
    const [small, large] = [5, 40].map((size) => conv2dGeometry([1, size, size, 130], [3, 3, 130, 70]));
    const { x, w } = operands(large, 7);
    const prepared = native().prepareConvFilter(w, small);
    const [y, expected] = [nans(40 * 40 * 70), nans(40 * 40 * 70)];
    native().conv2d(x, w, expected, large);
    native().conv2dFused(x, prepared, y, large, {});
    expect(Buffer.from(y.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
    const other = conv2dGeometry([1, 5, 5, 130], [3, 3, 65, 70], { groups: 2 });
    const arrays = operands(other, 1);
    expect(() => native().conv2dFused(arrays.x, prepared, arrays.dy, other, {})).toThrow(
      'conv2dFused: filter must be prepared for [70, 3, 3, 65] and 2 group(s)',
    );
    const elsewhere = { ...prepared, kernelSet: 'sse' };
    expect(() => native().conv2dFused(x, elsewhere, y, large, {})).toThrow(/^conv2dFused: filter must be prepared for/);
    const short = { ...prepared, panels: prepared.panels.subarray(1) };
    expect(() => native().conv2dFused(x, short, y, large, {})).toThrow(/^conv2dFused: filter.panels must have length/);
  });

  test('results do not depend on the number of threads, to the bit', () => {
    const g = conv2dGeometry([2, 64, 65, 7], [3, 3, 7, 70]);
    const { x, w, dy } = operands(g, 9);
    const results = [1, 2, 3].map((threads) => {
      native().setThreads(threads);
      const [y, dx, dw] = [nans(dy.length), nans(x.length), nans(w.length)];
      native().conv2d(x, w, y, g);
      native().conv2dBackpropInput(dy, w, dx, g);
      native().conv2dBackpropFilter(x, dy, dw, g);
      return [y, dx, dw].map((array) => Buffer.from(array.buffer));
    });
    native().setThreads(2);
    for (const [i, bytes] of results[0].entries()) {
      expect(results[1][i].equals(bytes)).toBe(true);
      expect(results[2][i].equals(bytes)).toBe(true);
    }
  });

  test('NaN and infinity go through', () => {
    const g = conv2dGeometry([1, 3, 3, 1], [1, 1, 1, 1]);
    const x = Float32Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3, 4, 5, 6, 7);
    const y = nans(9);
    native().conv2d(x, Float32Array.of(2), y, g);
    expect([...y]).toEqual([2, Number.NaN, 4, Number.POSITIVE_INFINITY, 6, 8, 10, 12, 14]);
  });

  test('matrix products equal the reference: transposed, batched, broadcast, empty', () => {
    const size = fc.constantFrom(0, 1, 2, 5, 13, 14, 15, 31, 32, 33, 65, 130);
    const batches = fc.constantFrom([1, 1], [3, 3], [1, 4], [5, 1], [0, 1], [0, 0]);
    fc.assert(
      fc.property(batches, size, size, size, fc.boolean(), fc.boolean(), fc.nat(), (batch, m, n, k, ta, tb, seed) => {
        const shape = { batchA: batch[0], batchB: batch[1], rows: m, columns: n, depth: k };
        const a = normals(batch[0] * m * k, seed);
        const b = normals(batch[1] * k * n, seed + 1);
        const expected = matMul(a, b, shape, ta, tb);
        const c = nans(expected.length);
        native().matMul(a, b, c, shape, ta, tb);
        expectClose(c, expected, matMul(magnitudes(a), magnitudes(b), shape, ta, tb));
      }),
      { numRuns: 80 },
    );
  });

  describe('wrong arguments throw before anything is touched', () => {
    const g = conv2dGeometry([1, 4, 4, 2], [3, 3, 2, 5]);
    const { x, w, dy } = operands(g, 1);
    const shorter = (array: Float32Array) => array.subarray(1);

    test('array lengths', () => {
      for (const kernel of ['conv2d', 'conv2dBackpropInput', 'conv2dBackpropFilter'] as const) {
        const right = { conv2d: [x, w, dy], conv2dBackpropInput: [dy, w, x], conv2dBackpropFilter: [x, dy, w] }[kernel];
        for (let i = 0; i < 3; i++) {
          const [a, b, c] = right.map((array, j) => (i === j ? shorter(array) : array));
          expect(() => native()[kernel](a, b, c, g)).toThrow(/^conv2d\w*: \w+ must have length \d+, got \d+$/);
        }
      }
      const shape = { batchA: 1, batchB: 1, rows: 2, columns: 3, depth: 4 };
      const [a, b, c] = [8, 12, 6].map((n) => new Float32Array(n));
      expect(() => native().matMul(a, b, shorter(c), shape, false, false)).toThrow(
        'matMul: c must have length 6, got 5',
      );
      expect(() => native().matMul(a, shorter(b), c, shape, false, false)).toThrow(
        'matMul: b must have length 12, got 11',
      );
      expect(() => native().matMul(a, b, c, { ...shape, rows: -1 }, false, false)).toThrow(
        /rows must be an integer in/,
      );
    });

    test('transforms', () => {
      const fused = (transform: unknown) => () => native().conv2dFused(x, w, dy, g, transform as OutputTransform);
      const slope = new Float32Array(5);
      expect(fused({ offset: new Float32Array(4) })).toThrow('conv2dFused: offset must have length 5, got 4');
      expect(fused({ activation: { kind: 'tanh' } })).toThrow(
        "activation.kind must be 'prelu', 'rprelu' or 'clip', got 'tanh'",
      );
      expect(fused({ activation: { kind: 'clip', low: 1, high: Number.NaN } })).toThrow(
        'activation.low must be a number not above high',
      );
      expect(fused({ activation: { kind: 'rprelu', slope, shiftIn: slope } })).toThrow(
        'shiftOut must be a Float32Array',
      );
      expect(fused({ residual: { values: x, position: 'before' } })).toThrow(
        'residual.values must have length 80, got 32',
      );
      expect(fused({ residual: { values: dy, position: 'within' } })).toThrow(
        "position must be 'before' or 'after', got 'within'",
      );
      expect(fused(null)).toThrow('conv2dFused: transform must be an object');
    });

    test('geometries that do not hang together', () => {
      const bad: Partial<Record<keyof Conv2dGeometry, number>>[] = [
        { outHeight: 5 },
        { outWidth: 3 },
        { groups: 3 },
        { strideHeight: 0 },
        { padTop: -1 },
        { batch: 0.5 },
        { dilationWidth: Number.NaN },
        { inHeight: 2 ** 40 },
        { kernelWidth: 0 },
      ];
      for (const change of bad) {
        expect(() => native().conv2d(x, w, dy, { ...g, ...change }), JSON.stringify(change)).toThrow(/^conv2d: .*must/);
      }
    });

    test('other types', () => {
      const wrong = new Float64Array(x.length) as unknown as Float32Array;
      expect(() => native().conv2d(wrong, w, dy, g)).toThrow('conv2d: x must be a Float32Array');
      expect(() => native().conv2d(x, w, dy, null as unknown as Conv2dGeometry)).toThrow(/batch must be an integer/);
      expect(() => native().conv2d(x, w, dy, {} as Conv2dGeometry)).toThrow('conv2d: batch must be an integer');
    });
  });

  test('sub-arrays start where they start', () => {
    const g = conv2dGeometry([1, 1, 1, 2], [1, 1, 2, 1]);
    const buffer = Float32Array.of(9, 9, 9, 1, 2, 9, 3, 4, 9, 0, 9);
    native().conv2d(buffer.subarray(3, 5), buffer.subarray(6, 8), buffer.subarray(9, 10), g);
    expect([...buffer]).toEqual([9, 9, 9, 1, 2, 9, 3, 4, 9, 11, 9]);
  });
});
