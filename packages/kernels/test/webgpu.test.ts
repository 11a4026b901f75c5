import { Random } from '@onebit/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsFor } from '../src/bits.js';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, outputShape } from '../src/geometry.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import type { Activation, OutputTransform, Threshold } from '../src/transform.js';
import { geometries, normals } from './arbitraries.js';
import { levelNames, outputs, readings, transforms } from './bit-arbitraries.js';
import {
  expectSameBits,
  isSmall,
  outputPair,
  packedOperands,
  randomBits,
  sizeOf,
  type TransformKind,
} from './bit-operands.js';
import { onGpuDevice } from './gpu-device.js';

/** Few and small: a software driver takes a tenth of a second to compile a pipeline. */
const channelCounts = [1, 5, 31, 32, 33, 64, 70, 128];
const channels = fc.constantFrom(...channelCounts);
const smallGeometries = geometries(channelCounts, 7).filter(isSmall);
const seeds = fc.nat(1e6);

/** Multiples of an eighth, mostly below 4: with them every float of a transform is exact, and a fused multiply-add gives the same. */
function eighths(size: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => Math.round(random.normal() * 8) / 8);
}

function exactTransform(kind: TransformKind, g: Conv2dGeometry, random: Random): OutputTransform {
  const row = () => eighths(g.outChannels, random);
  const activations: Record<TransformKind['activation'], Activation | undefined> = {
    none: undefined,
    prelu: { kind: 'prelu', slope: row() },
    rprelu: { kind: 'rprelu', shiftIn: row(), slope: row(), shiftOut: row() },
    clip: { kind: 'clip', low: -3.5, high: 2 },
  };
  const values = eighths(sizeOf(outputShape(g)), random);
  return {
    offset: kind.offset ? row() : undefined,
    activation: activations[kind.activation],
    residual: kind.residual === 'none' ? undefined : { values, position: kind.residual },
  };
}

function exactThreshold(kind: 'none' | 'plain' | 'flipped', size: number, random: Random): Threshold | undefined {
  if (kind === 'none') return undefined;
  const flip = kind === 'flipped' ? Uint8Array.from({ length: size }, () => random.int(2)) : undefined;
  return { values: eighths(size, random), flip };
}

await onGpuDevice('WebGPU kernels', (kernels) => {
  test('packing equals the reference for every float, with thresholds and flips', async () => {
    const floats = fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN, 1e-45, -1e-45, Infinity, -Infinity, 1, -1));
    const thresholds = fc.constantFrom('none', 'plain', 'flipped');
    await fc.assert(
      fc.asyncProperty(channels, fc.nat(5), levelNames, thresholds, fc.infiniteStream(floats), async (...drawn) => {
        const [count, pixels, levels, thresholdKind, stream] = drawn;
        const take = (size: number) => Float32Array.from({ length: size }, () => stream.next().value as number);
        const x = take(pixels * count);
        const threshold = exactThreshold(thresholdKind, count, new Random(1));
        const met = threshold && { ...threshold, values: take(count) };
        const [y, expected] = [5, -7].map((rubbish) => new Int32Array(pixels * wordsFor(count)).fill(rubbish));
        await kernels().arrays.packBits(x, y, count, levels, met);
        reference.packBits(x, expected, count, levels, met);
        expectSameBits(y, expected);
        for (const mask of ['clip', 'clip-open'] as const) {
          await kernels().arrays.packMask(x, y, count, mask);
          reference.packMask(x, expected, count, mask);
          expectSameBits(y, expected);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('unpacking and filter packing equal the reference', async () => {
    await fc.assert(
      fc.asyncProperty(channels, fc.constantFrom(1, 6), fc.constantFrom(1, 7), levelNames, seeds, async (...drawn) => {
        const [count, taps, outChannels, levels, seed] = drawn;
        const filter = normals(taps * count * outChannels, seed);
        const [words, expected] = [5, -7].map((rubbish) =>
          new Int32Array(outChannels * taps * wordsFor(count)).fill(rubbish),
        );
        await kernels().arrays.packFilter(filter, words, taps, count, outChannels);
        reference.packFilter(filter, expected, taps, count, outChannels);
        expectSameBits(words, expected);
        const [x, values] = [5, -7].map((rubbish) => new Float32Array(filter.length).fill(rubbish));
        await kernels().arrays.unpackBits(words, x, count, levels);
        reference.unpackBits(words, values, count, levels);
        expectSameBits(x, values);
      }),
      { numRuns: 15 },
    );
  });

  test('the matrix product equals the reference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(9), fc.nat(9), channels, levelNames, seeds, async (m, n, depth, levels, seed) => {
        const [a, b] = [randomBits(m, depth, seed), randomBits(n, depth, seed + 1)];
        const [y, expected] = [5, -7].map((rubbish) => new Int32Array(m * n).fill(rubbish));
        await kernels().arrays.binaryMatMul(a, b, y, depth, levels);
        reference.binaryMatMul(a, b, expected, depth, levels);
        expectSameBits(y, expected);
      }),
      { numRuns: 15 },
    );
  });

  test('sums of convolutions with every transform and output equal the reference', async () => {
    const scales = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(smallGeometries, readings, scales, transforms, outputs, seeds, async (...drawn) => {
        const [g, reading, scaled, kind, { type, levels, threshold }, seed] = drawn;
        const random = new Random(seed);
        const plain = type === 'dots';
        const terms = (plain ? [false] : scaled).map((has, i) => ({
          ...packedOperands(g, seed + 10 * i),
          scale: has ? eighths(g.outChannels, random) : null,
        }));
        const transform = plain ? {} : exactTransform(kind, g, random);
        const options = { levels, threshold: exactThreshold(threshold, g.outChannels, random) };
        const [actual, expected] = outputPair(type, g, options);
        await kernels().arrays.binaryConv2dSum(terms, g, reading, transform, actual);
        reference.binaryConv2dSum(terms, g, reading, transform, expected);
        expectSameBits(actual.y, expected.y);
      }),
      { numRuns: 40 },
    );
  });

  test('depthwise convolutions equal the reference', async () => {
    const depthwise = smallGeometries.map((g) => ({ ...g, outChannels: g.inChannels, groups: g.inChannels }));
    await fc.assert(
      fc.asyncProperty(depthwise, readings, fc.boolean(), transforms, outputs, seeds, async (...drawn) => {
        const [g, reading, scaled, kind, { type, levels, threshold }, seed] = drawn;
        const random = new Random(seed);
        const plain = type === 'dots';
        const term = {
          x: randomBits(sizeOf(inputShape(g)) / g.inChannels, g.inChannels, seed),
          filter: randomBits(g.kernelHeight * g.kernelWidth, g.inChannels, seed + 1),
          scale: scaled && !plain ? eighths(g.outChannels, random) : null,
        };
        const transform = plain ? {} : exactTransform(kind, g, random);
        const options = { levels, threshold: exactThreshold(threshold, g.outChannels, random) };
        const [actual, expected] = outputPair(type, g, options);
        await kernels().arrays.binaryDepthwiseConv2d(term, g, reading, transform, actual);
        reference.binaryDepthwiseConv2d(term, g, reading, transform, expected);
        expectSameBits(actual.y, expected.y);
      }),
      { numRuns: 15 },
    );
  });

  test('max-pooling equals the reference', async () => {
    const pools = smallGeometries.map((g) => ({ ...g, outChannels: g.inChannels, groups: 1 }));
    await fc.assert(
      fc.asyncProperty(pools, levelNames, seeds, async (g, levels, seed) => {
        const x = randomBits(sizeOf(inputShape(g)) / g.inChannels, g.inChannels, seed);
        const size = (sizeOf(outputShape(g)) / g.outChannels) * wordsFor(g.outChannels);
        const [y, expected] = [5, -7].map((rubbish) => new Int32Array(size).fill(rubbish));
        await kernels().arrays.maxPoolBits(x, y, g, levels);
        reference.maxPoolBits(x, expected, g, levels);
        expectSameBits(y, expected);
      }),
      { numRuns: 20 },
    );
  });

  test('gradients equal the reference where sums are exact', async () => {
    await fc.assert(
      fc.asyncProperty(smallGeometries, readings, fc.boolean(), fc.boolean(), seeds, async (...drawn) => {
        const [g, reading, scaled, masked, seed] = drawn;
        const random = new Random(seed);
        const { x, filter } = packedOperands(g, seed);
        const mask = masked ? packedOperands(g, seed + 2).x : null;
        const scale = scaled ? eighths(g.outChannels, random) : null;
        const dy = eighths(sizeOf(outputShape(g)), random);
        const pair = (size: number) => [5, -7].map((rubbish) => new Float32Array(size).fill(rubbish));
        const [dx, expectedDx] = pair(sizeOf(inputShape(g)));
        const [dw, expectedDw] = pair(sizeOf(filterShape(g)));
        const [dScale, expectedDScale] = pair(g.outChannels);
        const { arrays } = kernels();
        const [taps, groupIn] = [g.kernelHeight * g.kernelWidth, g.inChannels / g.groups];
        reference.binaryConv2dBackpropInput(dy, filter, scale, mask, expectedDx, g, 'fp32');
        reference.binaryConv2dBackpropFilter(x, dy, expectedDw, g, reading, 'fp32');
        reference.binaryScaleGradient(expectedDw, filter, expectedDScale, taps, groupIn);
        await arrays.binaryConv2dBackpropInput(dy, filter, scale, mask, dx, g, 'fp32');
        await arrays.binaryConv2dBackpropFilter(x, dy, dw, g, reading, 'fp32');
        await arrays.binaryScaleGradient(dw, filter, dScale, taps, groupIn);
        // Multiples of 1/64 in whatever order; the sign of a zero may differ.
        const unsigned = (values: Float32Array) => values.map((v) => v + 0);
        expectSameBits(unsigned(dx), unsigned(expectedDx));
        expectSameBits(unsigned(dw), unsigned(expectedDw));
        expectSameBits(unsigned(dScale), unsigned(expectedDScale));
      }),
      { numRuns: 15 },
    );
  });

  test('operands of gradients are float32', async () => {
    const g = conv2dGeometry([1, 1, 1, 1], [1, 1, 1, 1]);
    const [bits, float] = [new Int32Array(1), new Float32Array(1)];
    const half = kernels().arrays.binaryConv2dBackpropInput(float, bits, null, null, new Float32Array(1), g, 'bf16');
    await expect(half).rejects.toThrow(/precision must be fp32 on a GPU, got bf16/);
  });

  test('floats that round agree within 2^-21 of the largest intermediate value', async () => {
    const g = conv2dGeometry([1, 5, 4, 70], [3, 3, 70, 6]);
    const terms = [0, 1].map((i) => ({
      ...packedOperands(g, 10 * i),
      scale: normals(6, i),
    }));
    const transform: OutputTransform = {
      offset: normals(6, 4),
      activation: { kind: 'rprelu', shiftIn: normals(6, 5), slope: normals(6, 6), shiftOut: normals(6, 7) },
      residual: { values: normals(120, 8), position: 'after' },
    };
    const [y, expected] = [0, 1].map(() => new Float32Array(120));
    const reading = { padValue: 0, levels: 'pm1' } as const;
    await kernels().arrays.binaryConv2dSum(terms, g, reading, transform, { type: 'float32', y });
    reference.binaryConv2dSum(terms, g, reading, transform, { type: 'float32', y: expected });
    const largest = Math.max(...expected.map(Math.abs));
    for (const [i, v] of y.entries()) expect(Math.abs(v - expected[i])).toBeLessThanOrEqual(largest * 2 ** -21);
  });
});
