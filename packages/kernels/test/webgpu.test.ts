import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Random } from '@onebit/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsFor } from '../src/bits.js';
import { type Conv2dGeometry, conv2dGeometry, type PadValue } from '../src/geometry.js';
import type { Levels } from '../src/native/binary.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import type { Activation, BinaryOutput, BinaryTerm, OutputTransform, Threshold } from '../src/transform.js';
import { GpuContext } from '../src/webgpu/device.js';
import { createWebGpuKernels } from '../src/webgpu/kernels.js';
import { openNodeDevice } from '../src/webgpu/node.js';
import { normals } from './arbitraries.js';
import { onGpuDevice } from './gpu-device.js';

/** Few and small: a software driver takes a tenth of a second to compile a pipeline. */
const runs = (numRuns: number) => ({ numRuns });
const levels = fc.constantFrom<Levels>('pm1', 'zero-one');
const channelCounts = fc.constantFrom(1, 5, 31, 32, 33, 64, 70, 128);

const geometry = (groups: readonly number[], groupIn: fc.Arbitrary<number>): fc.Arbitrary<Conv2dGeometry> =>
  fc
    .record({
      batch: fc.constantFrom(1, 1, 2, 0),
      size: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })),
      kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))),
      groups: fc.constantFrom(...groups),
      groupIn,
      groupOut: fc.constantFrom(1, 3, 4, 5, 33),
    })
    .map(({ batch, size, kernel, strides, dilations, pads, groups, groupIn, groupOut }) => {
      const [top, bottom, left, right] = pads;
      const height = Math.max(size[0], (kernel[0] - 1) * dilations[0] + 1 - top - bottom);
      const width = Math.max(size[1], (kernel[1] - 1) * dilations[1] + 1 - left - right);
      return conv2dGeometry([batch, height, width, groupIn * groups], [...kernel, groupIn, groupOut * groups], {
        strides,
        dilations,
        padding: { top, bottom, left, right },
        groups,
      });
    });

/** Multiples of an eighth up to 4: with them every float of a transform is exact, and a fused multiply-add gives the same. */
function eighths(size: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => Math.round(random.normal() * 8) / 8);
}

function packed(pixels: number, channels: number, random: Random): Int32Array {
  const words = new Int32Array(pixels * wordsFor(channels));
  reference.packBits(eighths(pixels * channels, random), words, channels, 'pm1');
  return words;
}

interface Options {
  readonly terms: number;
  readonly scale: boolean;
  readonly offset: boolean;
  readonly activation: Activation['kind'] | 'none';
  readonly residual: 'before' | 'after' | 'none';
  readonly output: BinaryOutput['type'];
  readonly threshold: boolean;
  readonly flip: boolean;
  readonly levels: Levels;
  readonly padValue: PadValue;
  readonly seed: number;
}

const options: fc.Arbitrary<Options> = fc.record({
  terms: fc.constantFrom(1, 1, 2, 3),
  scale: fc.boolean(),
  offset: fc.boolean(),
  activation: fc.constantFrom('none', 'prelu', 'rprelu', 'clip'),
  residual: fc.constantFrom('none', 'before', 'after'),
  output: fc.constantFrom('dots', 'float32', 'int8', 'bits'),
  threshold: fc.boolean(),
  flip: fc.boolean(),
  levels,
  padValue: fc.constantFrom<PadValue>(0, 1, -1),
  seed: fc.nat(1e6),
});

function transformOf(o: Options, g: Conv2dGeometry, random: Random): OutputTransform {
  if (o.output === 'dots') return {};
  const row = () => eighths(g.outChannels, random);
  const values = () => eighths(g.batch * g.outHeight * g.outWidth * g.outChannels, random);
  const activations: Record<Options['activation'], Activation | undefined> = {
    none: undefined,
    prelu: { kind: 'prelu', slope: row() },
    rprelu: { kind: 'rprelu', shiftIn: row(), slope: row(), shiftOut: row() },
    clip: { kind: 'clip', low: -3.5, high: 2 },
  };
  return {
    offset: o.offset ? row() : undefined,
    activation: activations[o.activation],
    residual: o.residual === 'none' ? undefined : { values: values(), position: o.residual },
  };
}

function thresholdOf({ threshold, flip }: Pick<Options, 'threshold' | 'flip'>, channels: number, random: Random) {
  if (!threshold) return undefined;
  const turned = Uint8Array.from({ length: channels }, () => random.int(2));
  return { values: eighths(channels, random), flip: flip ? turned : undefined } satisfies Threshold;
}

/** An output full of garbage, which must be overwritten completely. */
function outputOf(o: Options, g: Conv2dGeometry, seed: number): BinaryOutput {
  const pixels = g.batch * g.outHeight * g.outWidth;
  const size = pixels * g.outChannels;
  switch (o.output) {
    case 'dots':
      return { type: 'dots', y: new Int32Array(size).fill(77) };
    case 'float32':
      return { type: 'float32', y: new Float32Array(size).fill(77) };
    case 'int8':
      return { type: 'int8', y: new Int8Array(size).fill(77), inverseStep: 0.5, zeroPoint: 3 };
    case 'bits': {
      const threshold = thresholdOf(o, g.outChannels, new Random(seed));
      return {
        type: 'bits',
        y: new Int32Array(pixels * wordsFor(g.outChannels)).fill(77),
        levels: o.levels,
        threshold,
      };
    }
  }
}

await onGpuDevice('WebGPU kernels', (kernels) => {
  test('packing equals the reference for every float, with thresholds and flips', async () => {
    const floats = fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN, 1e-45, -1e-45, Infinity, -Infinity, 1, -1));
    const record = { channels: channelCounts, pixels: fc.nat(5), levels, threshold: fc.boolean(), flip: fc.boolean() };
    await fc.assert(
      fc.asyncProperty(fc.record(record), fc.infiniteStream(floats), async (c, stream) => {
        const take = (size: number) => Float32Array.from({ length: size }, () => stream.next().value as number);
        const x = take(c.pixels * c.channels);
        const threshold = thresholdOf(c, c.channels, new Random(1));
        const values = threshold && { ...threshold, values: take(c.channels) };
        const [y, expected] = [0, 1].map(() => new Int32Array(c.pixels * wordsFor(c.channels)));
        await kernels().arrays.packBits(x, y, c.channels, c.levels, values);
        reference.packBits(x, expected, c.channels, c.levels, values);
        expect(y).toEqual(expected);
        for (const mask of ['clip', 'clip-open'] as const) {
          await kernels().arrays.packMask(x, y, c.channels, mask);
          reference.packMask(x, expected, c.channels, mask);
          expect(y).toEqual(expected);
        }
      }),
      runs(25),
    );
  });

  test('unpacking and filter packing equal the reference', async () => {
    const record = { channels: channelCounts, taps: fc.constantFrom(1, 6), outChannels: fc.constantFrom(1, 7), levels };
    await fc.assert(
      fc.asyncProperty(fc.record(record), fc.nat(1e6), async ({ channels, taps, outChannels, levels }, seed) => {
        const filter = normals(taps * channels * outChannels, seed);
        const [words, expected] = [0, 1].map(() => new Int32Array(outChannels * taps * wordsFor(channels)));
        await kernels().arrays.packFilter(filter, words, taps, channels, outChannels);
        reference.packFilter(filter, expected, taps, channels, outChannels);
        expect(words).toEqual(expected);
        const [x, values] = [0, 1].map(() => new Float32Array(outChannels * taps * channels));
        await kernels().arrays.unpackBits(words, x, channels, levels);
        reference.unpackBits(words, values, channels, levels);
        expect(x).toEqual(values);
      }),
      runs(15),
    );
  });

  test('the matrix product equals the reference', async () => {
    const record = { m: fc.nat(9), n: fc.nat(9), depth: channelCounts, levels };
    await fc.assert(
      fc.asyncProperty(fc.record(record), fc.nat(1e6), async ({ m, n, depth, levels }, seed) => {
        const random = new Random(seed);
        const [a, b] = [packed(m, depth, random), packed(n, depth, random)];
        const [y, expected] = [0, 1].map(() => new Int32Array(m * n));
        await kernels().arrays.binaryMatMul(a, b, y, depth, levels);
        reference.binaryMatMul(a, b, expected, depth, levels);
        expect(y).toEqual(expected);
      }),
      runs(15),
    );
  });

  test('sums of convolutions with every transform and output equal the reference', async () => {
    await fc.assert(
      fc.asyncProperty(geometry([1, 1, 2, 3], channelCounts), options, async (g, o) => {
        const random = new Random(o.seed);
        const groupIn = g.inChannels / g.groups;
        const plain = o.output === 'dots';
        const terms = Array.from(
          { length: plain ? 1 : o.terms },
          (_, i): BinaryTerm => ({
            x: packed(g.batch * g.inHeight * g.inWidth, g.inChannels, random),
            filter: packed(g.outChannels * g.kernelHeight * g.kernelWidth, groupIn, random),
            // The last term goes without, so that scaled and plain terms meet.
            scale: o.scale && !plain && i < 2 ? eighths(g.outChannels, random) : null,
          }),
        );
        const transform = transformOf(o, g, random);
        const [output, expected] = [outputOf(o, g, o.seed), outputOf(o, g, o.seed)];
        await kernels().arrays.binaryConv2dSum(terms, g, o, transform, output);
        reference.binaryConv2dSum(terms, g, o, transform, expected);
        expect(output.y).toEqual(expected.y);
      }),
      runs(40),
    );
  });

  test('depthwise convolutions equal the reference', async () => {
    const shapes = fc.tuple(fc.constantFrom(1, 5, 32, 35), geometry([1], fc.constant(1)));
    await fc.assert(
      fc.asyncProperty(shapes, options, async ([channels, shape], o) => {
        const g = { ...shape, inChannels: channels, outChannels: channels, groups: channels };
        const random = new Random(o.seed);
        const term = {
          x: packed(g.batch * g.inHeight * g.inWidth, channels, random),
          filter: packed(g.kernelHeight * g.kernelWidth, channels, random),
          scale: o.scale && o.output !== 'dots' ? eighths(channels, random) : null,
        };
        const transform = transformOf(o, g, random);
        const [output, expected] = [outputOf(o, g, o.seed), outputOf(o, g, o.seed)];
        await kernels().arrays.binaryDepthwiseConv2d(term, g, o, transform, output);
        reference.binaryDepthwiseConv2d(term, g, o, transform, expected);
        expect(output.y).toEqual(expected.y);
      }),
      runs(15),
    );
  });

  test('max-pooling equals the reference', async () => {
    await fc.assert(
      fc.asyncProperty(geometry([1], channelCounts), levels, fc.nat(1e6), async (shape, levels, seed) => {
        const g = { ...shape, outChannels: shape.inChannels };
        const x = packed(g.batch * g.inHeight * g.inWidth, g.inChannels, new Random(seed));
        const size = g.batch * g.outHeight * g.outWidth * wordsFor(g.inChannels);
        const [y, expected] = [0, 1].map(() => new Int32Array(size).fill(77));
        await kernels().arrays.maxPoolBits(x, y, g, levels);
        reference.maxPoolBits(x, expected, g, levels);
        expect(y).toEqual(expected);
      }),
      runs(20),
    );
  });

  test('gradients agree with the reference', async () => {
    const channels = fc.constantFrom(1, 3, 32, 33);
    const record = {
      levels,
      padValue: fc.constantFrom<PadValue>(0, 1, -1),
      scaled: fc.boolean(),
      masked: fc.boolean(),
    };
    await fc.assert(
      fc.asyncProperty(geometry([1, 2, 3], channels), fc.record(record), fc.nat(1e6), async (g, reading, seed) => {
        const random = new Random(seed);
        const groupIn = g.inChannels / g.groups;
        const [pixels, taps] = [g.batch * g.inHeight * g.inWidth, g.kernelHeight * g.kernelWidth];
        const x = packed(pixels, g.inChannels, random);
        const filter = packed(g.outChannels * taps, groupIn, random);
        const mask = reading.masked ? packed(pixels, g.inChannels, random) : null;
        const scale = reading.scaled ? eighths(g.outChannels, random) : null;
        const dy = eighths(g.batch * g.outHeight * g.outWidth * g.outChannels, random);
        const pair = (size: number) => [new Float32Array(size).fill(77), new Float32Array(size)];
        const [dx, expectedDx] = pair(pixels * g.inChannels);
        const [dw, expectedDw] = pair(taps * groupIn * g.outChannels);
        const [dScale, expectedDScale] = pair(g.outChannels);
        const { arrays } = kernels();
        await arrays.binaryConv2dBackpropInput(dy, filter, scale, mask, dx, g, 'fp32');
        await arrays.binaryConv2dBackpropFilter(x, dy, dw, g, reading, 'fp32');
        await arrays.binaryScaleGradient(dw, filter, dScale, taps, groupIn);
        reference.binaryConv2dBackpropInput(dy, filter, scale, mask, expectedDx, g, 'fp32');
        reference.binaryConv2dBackpropFilter(x, dy, expectedDw, g, reading, 'fp32');
        reference.binaryScaleGradient(expectedDw, filter, expectedDScale, taps, groupIn);
        // Sums of multiples of 1/64 are exact, whatever their order; -0 and 0 are one number here.
        const plain = (values: Float32Array) => values.map((v) => v + 0);
        expect([dx, dw, dScale].map(plain)).toEqual([expectedDx, expectedDw, expectedDScale].map(plain));
      }),
      runs(15),
    );
    const g = conv2dGeometry([1, 1, 1, 1], [1, 1, 1, 1]);
    const [bits, float] = [new Int32Array(1), new Float32Array(1)];
    const half = kernels().arrays.binaryConv2dBackpropInput(float, bits, null, null, new Float32Array(1), g, 'bf16');
    await expect(half).rejects.toThrow(/precision must be fp32 on a GPU, got bf16/);
  });

  test('floats that round agree within 2^-21 of the largest intermediate value', async () => {
    const g = conv2dGeometry([1, 5, 4, 70], [3, 3, 70, 6]);
    const random = new Random(3);
    const terms = [0, 1].map((i) => ({
      x: packed(20, 70, random),
      filter: packed(54, 70, random),
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

  test('work beyond the largest grid of workgroups is done all the same', async () => {
    const [most, size] = [kernels().device.limits.maxComputeWorkgroupsPerDimension, 64];
    const x = new Float32Array(most * size + 5);
    await kernels().arrays.unpackBits(new Int32Array(x.length).fill(1), x, 1, 'pm1');
    expect(x.every((v) => v === -1)).toBe(true);
    const y = new Int32Array(4 * most + 5);
    await kernels().arrays.binaryMatMul(Int32Array.of(1), new Int32Array(y.length).fill(1), y, 1, 'pm1');
    expect(y.every((v) => v === 1)).toBe(true);
  });

  test('tensors stay on the GPU between calls, and calls need not wait for one another', async () => {
    const gpu = kernels();
    const x = normals(6 * 40, 1);
    const [onGpu, words, back] = [await gpu.upload(x), await gpu.allocate(6 * 2 * 4), await gpu.allocate(6 * 40 * 4)];
    await Promise.all([gpu.packBits(onGpu, words, 40, 'pm1'), gpu.unpackBits(words, back, 40, 'pm1')]);
    expect(await gpu.download(back, new Float32Array(6 * 40))).toEqual(x.map((v) => (v >= 0 ? 1 : -1)));
  });

  test('arguments that do not fit are typed errors before anything is sent', async () => {
    const gpu = kernels();
    const short = await gpu.allocate(4);
    await expect(gpu.packBits(short, short, 64, 'pm1')).rejects.toThrow(
      /packBits: x must have a length divisible by 64/,
    );
    const x = await gpu.allocate(256);
    await expect(gpu.packBits(x, short, 64, 'pm1')).rejects.toThrow(/words must be a buffer of 8 bytes, got 4/);
    await expect(gpu.packBits(x, new Int32Array(2) as never, 64, 'pm1')).rejects.toThrow(/words must be a GPUBuffer/);
    await expect(gpu.download(x, new Int32Array(3))).rejects.toThrow(/into must have 256 bytes, got 12/);
    const { arrays } = gpu;
    await expect(arrays.unpackBits(new Int32Array(1), new Float32Array(4), 5, 'pm1')).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });

  test('what the device rejects is a typed error: limits, aliased buffers, destroyed buffers', async () => {
    const gpu = kernels();
    const limit = gpu.device.limits.maxStorageBufferBindingSize;
    await expect(gpu.allocate(limit + 4)).rejects.toThrow(
      new RegExp(`at most ${limit} bytes \\(the device's max\\w+\\), got ${limit + 4}`),
    );
    const buffer = await gpu.allocate(4);
    await expect(gpu.unpackBits(buffer, buffer, 1, 'pm1')).rejects.toMatchObject({ code: 'ERR_BACKEND' });
    const gone = await gpu.allocate(4);
    gone.destroy();
    await expect(gpu.unpackBits(gone, buffer, 1, 'pm1')).rejects.toMatchObject({ code: 'ERR_BACKEND' });
    await expect(gpu.download(gone, new Int32Array(1))).rejects.toMatchObject({ code: 'ERR_BACKEND' });
  });

  test('a shader that does not compile is a typed error that says where', async () => {
    const context = new GpuContext(kernels().device);
    const held = await kernels().allocate(4);
    const run = (body: string) => {
      const output = { held, element: 'i32' } as const;
      return context.run({ where: 'broken', body, uniforms: { int: {} }, inputs: [], output, columns: 1, rows: 1 });
    };
    for (let i = 0; i < 2; i++) {
      await expect(run('fn item(c: i32, r: i32) { result[c] = 1.5; }')).rejects.toMatchObject({
        code: 'ERR_BACKEND',
        message: expect.stringMatching(/^broken: the GPU must accept the operation: .*WGSL.*\d+:\d+/s),
      });
    }
    await run('fn item(c: i32, r: i32) { result[c] = 9; }');
    expect([...(await kernels().download(held, new Int32Array(1)))]).toEqual([9]);
  });

  test('a lost device is a typed error', async () => {
    const lost = await openNodeDevice();
    const { arrays } = createWebGpuKernels(lost);
    const pack = () => arrays.packBits(Float32Array.of(-1), new Int32Array(1), 1, 'pm1');
    await pack();
    lost.destroy();
    await expect(pack()).rejects.toMatchObject({
      code: 'ERR_BACKEND',
      message: expect.stringContaining('the GPU device must not be lost, it was (destroyed'),
    });
  });

  test('a process that used the GPU and closed nothing ends by itself', async () => {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    if (!existsSync(join(folder, 'dist/webgpu/index.js')))
      throw new Error('packages/kernels is not built: run tsc -b first');
    const program = `
      import { createWebGpuKernels } from '@onebit/kernels/webgpu';
      import { openNodeDevice } from '@onebit/kernels/webgpu/node';
      const words = new Int32Array(1);
      await createWebGpuKernels(await openNodeDevice()).arrays.packBits(Float32Array.of(1, -1, -1), words, 3, 'pm1');
      console.log(words[0]);`;
    const node = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
    expect((await node).stdout).toBe('6\n');
  });
});
