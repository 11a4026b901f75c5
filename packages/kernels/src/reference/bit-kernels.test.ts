import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wordsFor } from '../bits.js';
import { type Conv2dGeometry, conv2dGeometry } from '../geometry.js';
import type { BinaryOutput, BinaryTerm, GradientPrecision, OutputTransform } from '../transform.js';
import { referenceBitKernels as kernels } from './bit-kernels.js';
import { packBits, packFilter, unpackFilter } from './pack-bits.js';

const floats = (...values: number[]) => Float32Array.from(values);
const pm1 = { padValue: 0, levels: 'pm1' } as const;

/** One pixel, three channels of +1, and filters whose dot products are 3, 1, -1 and -3. */
const pixel = conv2dGeometry([1, 1, 1, 3], [1, 1, 3, 4]);
const ones: BinaryTerm = { x: Int32Array.of(0), filter: Int32Array.of(0, 1, 3, 7), scale: null };

function run(transform: OutputTransform, output: BinaryOutput, terms: readonly BinaryTerm[] = [ones]): number[] {
  kernels.binaryConv2dSum(terms, pixel, pm1, transform, output);
  return [...output.y];
}
const asFloat = (transform: OutputTransform, terms?: readonly BinaryTerm[]) =>
  run(transform, { type: 'float32', y: new Float32Array(4) }, terms);

describe('the output transform, by hand', () => {
  test('dots are the plain integers', () => {
    expect(run({}, { type: 'dots', y: new Int32Array(4) })).toEqual([3, 1, -1, -3]);
  });

  test('scales and offsets are per channel, and every step rounds to float32', () => {
    const scale = floats(0.1, 2, 0.5, 1);
    expect(asFloat({}, [{ ...ones, scale }])).toEqual([Math.fround(Math.fround(0.1) * 3), 2, -0.5, -3]);
    const once = Math.fround(Math.fround(Math.fround(0.1) * 3) + Math.fround(0.2));
    expect(asFloat({ offset: floats(0.2, 1, 0, 4) }, [{ ...ones, scale }])).toEqual([once, 3, -0.5, 1]);
  });

  test('terms add up in order', () => {
    const terms = [2, 10, 100].map((factor) => ({ ...ones, scale: new Float32Array(4).fill(factor) }));
    expect(asFloat({}, terms)).toEqual([336, 112, -112, -336]);
    const huge = [1e30, -1e30, 1].map((factor) => ({ ...ones, scale: new Float32Array(4).fill(factor) }));
    expect(asFloat({}, huge)).toEqual([3, 1, -1, -3]);
  });

  test('a negative scale makes -0 of 0, which survives without an offset', () => {
    const g = conv2dGeometry([1, 1, 1, 2], [1, 1, 2, 1]);
    const term = { x: Int32Array.of(0), filter: Int32Array.of(1), scale: floats(-1) };
    const y = new Float32Array(1);
    kernels.binaryConv2dSum([term], g, pm1, {}, { type: 'float32', y });
    expect(y[0]).toBe(-0);
    kernels.binaryConv2dSum([term], g, pm1, { offset: floats(0) }, { type: 'float32', y });
    expect(y[0]).toBe(0);
  });

  test('activations', () => {
    expect(asFloat({ activation: { kind: 'prelu', slope: floats(9, 9, 2, 0.25) } })).toEqual([3, 1, -2, -0.75]);
    const rprelu = {
      kind: 'rprelu',
      shiftIn: floats(1, 2, -2, 1),
      slope: floats(9, 3, 9, 0.5),
      shiftOut: floats(10, 20, 30, 40),
    } as const;
    expect(asFloat({ activation: rprelu })).toEqual([12, 17, 31, 38]);
    expect(asFloat({ activation: { kind: 'clip', low: -1.5, high: 2 } })).toEqual([2, 1, -1, -1.5]);
  });

  test('a residual goes before or after the activation', () => {
    const values = floats(-5, 1, 2, 3);
    const activation = { kind: 'prelu', slope: floats(10, 10, 10, 10) } as const;
    expect(asFloat({ activation, residual: { values, position: 'before' } })).toEqual([-20, 2, 1, 0]);
    expect(asFloat({ activation, residual: { values, position: 'after' } })).toEqual([-2, 2, -8, -27]);
  });

  test('int8 rounds ties to even, adds the zero point and saturates; NaN is -128', () => {
    const int8 = (inverseStep: number, zeroPoint: number, transform: OutputTransform = {}) =>
      run(transform, { type: 'int8', y: new Int8Array(4), inverseStep, zeroPoint });
    expect(int8(0.5, 0)).toEqual([2, 0, 0, -2]);
    expect(int8(0.5, 0, { offset: floats(2, 2, 2, 2) })).toEqual([2, 2, 0, 0]);
    expect(int8(1, 10)).toEqual([13, 11, 9, 7]);
    expect(int8(60, 0)).toEqual([127, 60, -60, -128]);
    expect(int8(1, 5, { offset: floats(Number.NaN, Infinity, -Infinity, 1e30) })).toEqual([-128, 127, -128, 127]);
  });

  test('bits compare with a threshold, turned round where flipped', () => {
    const bits = (output: Partial<Extract<BinaryOutput, { type: 'bits' }>>) =>
      run({}, { type: 'bits', y: new Int32Array(1), levels: 'pm1', ...output })[0];
    expect(bits({})).toBe(0b1100);
    expect(bits({ levels: 'zero-one' })).toBe(0b0011);
    const values = floats(3, 2, -1, -4);
    expect(bits({ threshold: { values } })).toBe(0b0010);
    const flip = Uint8Array.of(1, 1, 1, 1);
    expect(bits({ threshold: { values, flip } })).toBe(0b1000);
    expect(bits({ levels: 'zero-one', threshold: { values } })).toBe(0b1000);
    expect(bits({ levels: 'zero-one', threshold: { values, flip } })).toBe(0b0010);
    const nan = floats(Number.NaN, Number.NaN, Number.NaN, Number.NaN);
    expect(bits({ threshold: { values: nan } })).toBe(0b1111);
    expect(bits({ threshold: { values: nan, flip } })).toBe(0b1111);
    expect(bits({ levels: 'zero-one', threshold: { values: nan } })).toBe(0);
  });
});

describe('the other operations, by hand', () => {
  test('packing compares with thresholds', () => {
    const words = new Int32Array(2);
    const threshold = { values: floats(1, 1, -1), flip: Uint8Array.of(0, 1, 0) };
    kernels.packBits(floats(0.5, 0.5, 0.5, 1, 1, -2), words, 3, 'pm1', threshold);
    expect([...words]).toEqual([0b001, 0b100]);
  });

  test('masks are closed or open, and 0 for NaN', () => {
    const x = floats(1, -1, 0, 1.0000001, Number.NaN, -0.5);
    const mask = (name: 'clip' | 'clip-open') => {
      const words = new Int32Array(1);
      kernels.packMask(x, words, 6, name);
      return words[0];
    };
    expect(mask('clip')).toBe(0b100111);
    expect(mask('clip-open')).toBe(0b100100);
  });

  test('the matrix product reads a as the levels say and b as ±1', () => {
    const y = new Int32Array(2);
    kernels.binaryMatMul(Int32Array.of(0b011), Int32Array.of(0b001, 0b111), y, 3, 'pm1');
    expect([...y]).toEqual([1, 1 + 1 - 1]);
    kernels.binaryMatMul(Int32Array.of(0b011), Int32Array.of(0b001, 0b111), y, 3, 'zero-one');
    expect([...y]).toEqual([0, -2]);
  });

  test('a depthwise convolution keeps the channels apart', () => {
    const g = conv2dGeometry([1, 1, 2, 2], [1, 2, 1, 2], { groups: 2, padding: 'valid' });
    // Channel 0: pixels -1, +1 with weights +1, -1; channel 1: +1, +1 with weights +1, +1.
    const term = { x: Int32Array.of(0b01, 0b00), filter: Int32Array.of(0b00, 0b01), scale: null };
    const y = new Int32Array(2);
    kernels.binaryDepthwiseConv2d(term, g, pm1, {}, { type: 'dots', y });
    expect([...y]).toEqual([-2, 2]);
  });

  test('max-pooling bits: +1 wins, cells outside never do', () => {
    const g = conv2dGeometry([1, 1, 3, 2], [1, 2, 2, 2], { padding: { top: 0, bottom: 0, left: 2, right: 1 } });
    const y = new Int32Array(5);
    // Windows: outside, [out, a], [a, b], [b, c], [c, out]
    kernels.maxPoolBits(Int32Array.of(0b11, 0b01, 0b10), y, g, 'pm1');
    expect([...y]).toEqual([0b11, 0b11, 0b01, 0b00, 0b10]);
    kernels.maxPoolBits(Int32Array.of(0b11, 0b01, 0b10), y, g, 'zero-one');
    expect([...y]).toEqual([0, 0b11, 0b11, 0b11, 0b10]);
  });

  test('gradients of one pixel', () => {
    const g = conv2dGeometry([1, 1, 1, 2], [1, 1, 2, 2]);
    const filter = Int32Array.of(0b01, 0b10); // o 0: -1, +1; o 1: +1, -1
    const dx = new Float32Array(2);
    kernels.binaryConv2dBackpropInput(floats(3, 5), filter, floats(2, 1), null, dx, g, 'fp32');
    expect([...dx]).toEqual([-6 + 5, 6 - 5]);
    kernels.binaryConv2dBackpropInput(floats(3, Infinity), filter, null, Int32Array.of(0b10), dx, g, 'fp32');
    expect([...dx]).toEqual([0, -Infinity]);
    const dw = new Float32Array(4);
    kernels.binaryConv2dBackpropFilter(Int32Array.of(0b10), floats(3, 5), dw, g, pm1, 'fp32');
    expect([...dw]).toEqual([3, 5, -3, -5]);
    const dScale = new Float32Array(2);
    kernels.binaryScaleGradient(dw, filter, dScale, 1, 2);
    expect([...dScale]).toEqual([-3 - 3, 5 + 5]);
  });

  test('bf16 rounds dy times the scale to 8 bits, ties to even', () => {
    const g = conv2dGeometry([1, 1, 1, 1], [1, 1, 1, 1]);
    const backprop = (dy: number, precision: GradientPrecision) => {
      const dx = new Float32Array(1);
      kernels.binaryConv2dBackpropInput(floats(dy), Int32Array.of(1), null, null, dx, g, precision);
      return dx[0];
    };
    expect(backprop(257, 'fp32')).toBe(-257);
    expect([257, 259, 257.001, -1e-3].map((dy) => backprop(dy, 'bf16'))).toEqual([
      -256, -260, -258, 0.00099945068359375,
    ]);
    expect([Infinity, Number.NaN].map((dy) => backprop(dy, 'bf16'))).toEqual([-Infinity, Number.NaN]);
  });
});

describe('identities', () => {
  const geometry = fc
    .record({
      size: fc.integer({ min: 1, max: 6 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      padding: fc.integer({ min: 0, max: 2 }),
      groups: fc.integer({ min: 1, max: 2 }),
      groupIn: fc.constantFrom(1, 3, 33),
    })
    .filter(({ size, kernel, padding }) => size + 2 * padding >= kernel)
    .map(({ size, kernel, stride, padding, groups, groupIn }) =>
      conv2dGeometry([2, size, size, groupIn * groups], [kernel, kernel, groupIn, 2 * groups], {
        strides: stride,
        padding,
        groups,
      }),
    );
  const integers = (size: number, seed: number) =>
    Float32Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) >> 20) % 8);
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);

  function operands(g: Conv2dGeometry, seed: number) {
    const [taps, groupIn] = [g.kernelHeight * g.kernelWidth, g.inChannels / g.groups];
    const x = packBits(integers(g.batch * g.inHeight * g.inWidth * g.inChannels, seed), g.inChannels);
    const filter = packFilter(integers(taps * groupIn * g.outChannels, seed + 1), taps, groupIn, g.outChannels);
    const dy = integers(g.batch * g.outHeight * g.outWidth * g.outChannels, seed + 2);
    return { taps, groupIn, x, filter, dy };
  }
  const conv = (x: Int32Array, filter: Int32Array, g: Conv2dGeometry, padValue: 0 | 1 | -1) => {
    const y = new Int32Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
    const term = { x, filter, scale: null };
    kernels.binaryConv2dSum([term], g, { padValue, levels: 'pm1' }, {}, { type: 'dots', y });
    return y;
  };

  test('a sum of terms is the sum of the convolutions', () => {
    fc.assert(
      fc.property(geometry, fc.nat(1e6), (g, seed) => {
        const [a, b] = [operands(g, seed), operands(g, seed + 7)];
        const scales = [integers(g.outChannels, seed), integers(g.outChannels, seed + 1)];
        const y = new Float32Array(a.dy.length);
        const terms = [a, b].map(({ x, filter }, i) => ({ x, filter, scale: scales[i] }));
        kernels.binaryConv2dSum(terms, g, pm1, {}, { type: 'float32', y });
        const [ya, yb] = [conv(a.x, a.filter, g, 0), conv(b.x, b.filter, g, 0)];
        const at = (i: number) => i % g.outChannels;
        // + 0 makes 0 of -0, whose sign the order of the steps decides.
        const sums = Array.from(ya, (v, i) => v * scales[0][at(i)] + yb[i] * scales[1][at(i)] + 0);
        expect(Array.from(y, (v) => v + 0)).toEqual(sums);
      }),
      { numRuns: 30 },
    );
  });

  test('padding with 0 lies in the middle between padding with +1 and with -1', () => {
    fc.assert(
      fc.property(geometry, fc.nat(1e6), (g, seed) => {
        const { x, filter } = operands(g, seed);
        const [zero, plus, minus] = ([0, 1, -1] as const).map((padValue) => conv(x, filter, g, padValue));
        expect(plus.map((v, i) => v + minus[i])).toEqual(zero.map((v) => 2 * v));
      }),
      { numRuns: 30 },
    );
  });

  test('gradients are the transposed maps: <dy, conv(x)> = <dx, x> = <dw, w>, and dScale sums dw * w', () => {
    fc.assert(
      fc.property(geometry, fc.nat(1e6), (g, seed) => {
        const { taps, groupIn, x, filter, dy } = operands(g, seed);
        const y = conv(x, filter, g, 0);
        const values = new Float32Array(g.batch * g.inHeight * g.inWidth * g.inChannels);
        kernels.unpackBits(x, values, g.inChannels, 'pm1');
        const dx = new Float32Array(values.length);
        kernels.binaryConv2dBackpropInput(dy, filter, null, null, dx, g, 'fp32');
        expect(dot(dx, values)).toBe(dot(dy, y));
        const dw = new Float32Array(taps * groupIn * g.outChannels);
        kernels.binaryConv2dBackpropFilter(x, dy, dw, g, pm1, 'fp32');
        expect(dot(dw, unpackFilter(filter, taps, groupIn, g.outChannels))).toBe(dot(dy, y));
        const dScale = new Float32Array(g.outChannels);
        kernels.binaryScaleGradient(dw, filter, dScale, taps, groupIn);
        const perChannel = (o: number) => dy.reduce((sum, v, i) => sum + (i % g.outChannels === o ? v * y[i] : 0), 0);
        expect([...dScale]).toEqual(Array.from(dScale, (_, o) => perChannel(o)));
      }),
      { numRuns: 30 },
    );
  });

  test('a masked gradient is the gradient where the mask is 1', () => {
    const g = conv2dGeometry([1, 3, 3, 33], [3, 3, 33, 4]);
    const { filter, dy } = operands(g, 3);
    const mask = Int32Array.from({ length: 9 * wordsFor(33) }, (_, i) => (i % 2 === 0 ? 0x55555555 : 1));
    const [all, masked] = [new Float32Array(9 * 33), new Float32Array(9 * 33)];
    kernels.binaryConv2dBackpropInput(dy, filter, null, null, all, g, 'fp32');
    kernels.binaryConv2dBackpropInput(dy, filter, null, mask, masked, g, 'fp32');
    expect([...masked]).toEqual(Array.from(all, (v, i) => (i % 33 === 32 || (i % 33) % 2 === 0 ? v : 0)));
  });

  test('a prepared filter gives what the packed one gives', () => {
    const g = conv2dGeometry([1, 3, 3, 33], [3, 3, 33, 4]);
    const { x, filter } = operands(g, 3);
    const prepared = kernels.prepareFilter(filter, g);
    expect(prepared).toMatchObject({ kernelSet: 'reference', shape: [4, 3, 3, 33], groups: 1 });
    const y = new Int32Array(36);
    kernels.binaryConv2dSum([{ x, filter: prepared, scale: null }], g, pm1, {}, { type: 'dots', y });
    expect(y).toEqual(conv(x, filter, g, 0));
  });
});
