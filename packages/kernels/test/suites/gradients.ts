import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, outputShape } from '../../src/geometry.js';
import { referenceBitKernels as reference } from '../../src/reference/bit-kernels.js';
import type { BinaryReading, GradientPrecision } from '../../src/transform.js';
import { normals } from '../arbitraries.js';
import { bitGeometries, readings } from '../bit-arbitraries.js';
import { type Candidate, expectShapeError, packedOperands, randomBits, sizeOf } from '../bit-operands.js';

type GradientKernels = 'binaryConv2dBackpropInput' | 'binaryConv2dBackpropFilter' | 'binaryScaleGradient';

/**
 * A float32 sum of n numbers in any order is off by at most about n * 2^-24 of the sum of their magnitudes; summed in blocks the error grows far
 * slower: 4e-6 (64 half units in the last place) holds with room for the sums met here.
 */
function expectClose(actual: Float32Array, expected: Float32Array, magnitude: Float32Array): void {
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(actual[i] - value) <= 4e-6 * magnitude[i] + 1e-30)) {
      throw new Error(`element ${i}: ${actual[i]}, expected ${value} with magnitudes ${magnitude[i]}`);
    }
  }
}

interface InputCase {
  readonly scaled: boolean;
  readonly masked: boolean;
  readonly precision: GradientPrecision;
}

/** Gradients; `bf16` says whether they take bfloat16 operands. */
export function gradientSuite(kernels: Candidate<GradientKernels>, bf16: boolean): void {
  const precisions = fc.constantFrom<GradientPrecision>(...(bf16 ? (['fp32', 'bf16'] as const) : (['fp32'] as const)));

  function compareInputGradients(g: Conv2dGeometry, { scaled, masked, precision }: InputCase, seed: number) {
    const { filter } = packedOperands(g, seed);
    const dy = normals(sizeOf(outputShape(g)), seed + 2);
    const scale = scaled ? normals(g.outChannels, seed + 3) : null;
    const size = sizeOf(inputShape(g));
    const mask = masked ? randomBits(size / g.inChannels, g.inChannels, seed + 4) : null;
    const [expected, actual, magnitude] = [5, -7, 0].map((v) => new Float32Array(size).fill(v));
    reference.binaryConv2dBackpropInput(dy, filter, scale, mask, expected, g, precision);
    kernels().binaryConv2dBackpropInput(dy, filter, scale, mask, actual, g, precision);
    const allPlus = new Int32Array(filter.length);
    const sizes = scale?.map(Math.abs) ?? null;
    reference.binaryConv2dBackpropInput(dy.map(Math.abs), allPlus, sizes, null, magnitude, g, 'fp32');
    expectClose(actual, expected, magnitude);
  }

  function compareFilterGradients(
    g: Conv2dGeometry,
    reading: BinaryReading,
    precision: GradientPrecision,
    seed: number,
  ) {
    const { x, filter } = packedOperands(g, seed);
    const dy = normals(sizeOf(outputShape(g)), seed + 2);
    const [expected, actual, magnitude] = [5, -7, 0].map((v) => new Float32Array(sizeOf(filterShape(g))).fill(v));
    reference.binaryConv2dBackpropFilter(x, dy, expected, g, reading, precision);
    kernels().binaryConv2dBackpropFilter(x, dy, actual, g, reading, precision);
    const allPlus = { padValue: 1, levels: 'pm1' } as const;
    reference.binaryConv2dBackpropFilter(new Int32Array(x.length), dy.map(Math.abs), magnitude, g, allPlus, 'fp32');
    expectClose(actual, expected, magnitude);
    const taps = g.kernelHeight * g.kernelWidth;
    const groupIn = g.inChannels / g.groups;
    const [scale, actualScale, scaleMagnitude] = [5, -7, 0].map((v) => new Float32Array(g.outChannels).fill(v));
    reference.binaryScaleGradient(expected, filter, scale, taps, groupIn);
    kernels().binaryScaleGradient(expected, filter, actualScale, taps, groupIn);
    reference.binaryScaleGradient(expected.map(Math.abs), new Int32Array(filter.length), scaleMagnitude, taps, groupIn);
    expectClose(actualScale, scale, scaleMagnitude);
  }

  describe('gradients of the binary convolution', () => {
    test('at the input, with scale and mask', () => {
      const cases = fc.record({ scaled: fc.boolean(), masked: fc.boolean(), precision: precisions });
      fc.assert(fc.property(bitGeometries, cases, fc.nat(), compareInputGradients), { numRuns: 80 });
    });

    test('at the weights, with every reading, and at the scale', () => {
      fc.assert(fc.property(bitGeometries, readings, precisions, fc.nat(), compareFilterGradients), { numRuns: 80 });
    });

    test('of a larger layer', () => {
      const g = conv2dGeometry([2, 14, 15, 70], [3, 3, 70, 90], { strides: [1, 2] });
      const precision = bf16 ? 'bf16' : 'fp32';
      compareInputGradients(g, { scaled: true, masked: true, precision }, 3);
      compareFilterGradients(g, { padValue: -1, levels: 'pm1' }, precision, 3);
    });

    test('wrong arguments throw before anything is written', () => {
      const k = kernels();
      const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 5]);
      const { x, filter } = packedOperands(g, 1);
      const reading = { padValue: 0, levels: 'pm1' } as const;
      const [dy, dx, dw] = [80, 528, 1485].map((size) => new Float32Array(size).fill(9));
      const short = <T extends { subarray(begin: number): T }>(array: T) => array.subarray(1);
      const input = 'binaryConv2dBackpropInput';
      expectShapeError(input, () => k[input](short(dy), filter, null, null, dx, g, 'fp32'));
      expectShapeError(input, () => k[input](dy, short(filter), null, null, dx, g, 'fp32'));
      expectShapeError(input, () => k[input](dy, filter, new Float32Array(4), null, dx, g, 'fp32'));
      expectShapeError(input, () => k[input](dy, filter, null, x.subarray(1), dx, g, 'fp32'));
      expectShapeError(input, () => k[input](dy, filter, null, null, short(dx), g, 'fp32'));
      expectShapeError(input, () => k[input](dy, filter, null, null, dx, { ...g, groups: 3.5 }, 'fp32'));
      expectShapeError(input, () => k[input](dy, filter, null, null, dx, g, 'fp16' as GradientPrecision));
      const weights = 'binaryConv2dBackpropFilter';
      expectShapeError(weights, () => k[weights](short(x), dy, dw, g, reading, 'fp32'));
      expectShapeError(weights, () => k[weights](x, short(dy), dw, g, reading, 'fp32'));
      expectShapeError(weights, () => k[weights](x, dy, short(dw), g, reading, 'fp32'));
      const noPad = { ...reading, padValue: Number.NaN as 0 };
      expectShapeError(weights, () => k[weights](x, dy, dw, g, noPad, 'fp32'));
      const dScale = new Float32Array(5).fill(9);
      const scale = 'binaryScaleGradient';
      expectShapeError(scale, () => k[scale](short(dw), filter, dScale, 9, 33));
      expectShapeError(scale, () => k[scale](dw, short(filter), dScale, 9, 33));
      expectShapeError(scale, () => k[scale](dw, filter, short(dScale), 9, 33));
      expectShapeError(scale, () => k[scale](dw, filter, dScale, 0, 33));
      expect([dx, dw, dScale].every((array) => array.every((v) => v === 9))).toBe(true);
    });
  });
}
