import { wordsFor } from '../bits.js';
import type { Conv2dGeometry, PadValue } from '../geometry.js';
import type { BinaryOutput, BinaryTerm, OutputTransform } from '../transform.js';
import type { Dispatch } from './device.js';
import type { GpuArguments, OnGpu } from './types.js';
import { convolutionDots, depthwiseDots, type WordAccess, wordType } from './wgsl/dots.js';
import { type OutputSteps, outputArrays, outputBody, parameterRows } from './wgsl/output.js';
import { type BitRule, maskRule, packBody, packFilterBody, thresholdRule, unpackBody } from './wgsl/pack.js';
import { maxPoolBody } from './wgsl/pool.js';

const floatBytes = 4;
const read = 'read' as const;
const readWrite = 'read_write' as const;

export function packBits(...[x, words, channels, levels, threshold]: GpuArguments<'packBits'>): Dispatch {
  const has = { values: threshold !== undefined, flip: threshold?.flip !== undefined };
  const dispatch = pack('packBits', x, words, channels, thresholdRule(levels, has));
  const thresholds = threshold && { name: 'thresholds', element: 'u32', access: read, binding: threshold.values };
  const flips = threshold?.flip && { name: 'flips', element: 'u32', access: read, binding: threshold.flip };
  return { ...dispatch, arrays: [...dispatch.arrays, ...[thresholds, flips].filter((array) => array !== undefined)] };
}

export function packMask(...[x, words, channels, mask]: GpuArguments<'packMask'>): Dispatch {
  return pack('packMask', x, words, channels, maskRule(mask));
}

function pack(where: string, x: GPUBuffer, words: GPUBuffer, channels: number, rule: BitRule): Dispatch {
  return {
    where,
    body: packBody(rule),
    uniforms: { int: { channels, wordsPerPixel: wordsFor(channels) } },
    arrays: [
      { name: 'x', element: 'u32', access: read, binding: x },
      { name: 'words', element: 'u32', access: readWrite, binding: words },
    ],
    columns: words.size / floatBytes,
  };
}

export function unpackBits(...[words, x, channels, levels]: GpuArguments<'unpackBits'>): Dispatch {
  return {
    where: 'unpackBits',
    body: unpackBody(levels),
    uniforms: { int: { channels, wordsPerPixel: wordsFor(channels) } },
    arrays: [
      { name: 'words', element: 'u32', access: read, binding: words },
      { name: 'x', element: 'f32', access: readWrite, binding: x },
    ],
    columns: x.size / floatBytes,
  };
}

export function packFilter(...[x, words, taps, inChannels, outChannels]: GpuArguments<'packFilter'>): Dispatch {
  const wordsPerTap = wordsFor(inChannels);
  return {
    where: 'packFilter',
    body: packFilterBody,
    uniforms: { int: { inChannels, outChannels, wordsPerTap } },
    arrays: [
      { name: 'x', element: 'u32', access: read, binding: x },
      { name: 'words', element: 'u32', access: readWrite, binding: words },
    ],
    columns: outChannels,
    rows: taps * wordsPerTap,
  };
}

export function maxPoolBits(...[x, y, g, levels]: GpuArguments<'maxPoolBits'>): Dispatch {
  const wordsPerPixel = wordsFor(g.inChannels);
  return {
    where: 'maxPoolBits',
    body: maxPoolBody(levels),
    uniforms: { int: { ...windowUniforms(g), channels: g.inChannels, wordsPerPixel } },
    arrays: [
      { name: 'x', element: 'u32', access: read, binding: x },
      { name: 'y', element: 'u32', access: readWrite, binding: y },
    ],
    columns: y.size / floatBytes,
  };
}

/** The matrix product is a 1x1 convolution over an image of one row. */
export function binaryMatMul(...[a, b, y, depth, levels]: GpuArguments<'binaryMatMul'>): Dispatch {
  const rows = a.size / floatBytes / wordsFor(depth);
  const columns = b.size / floatBytes / wordsFor(depth);
  const g: Conv2dGeometry = {
    ...{ batch: 1, inHeight: 1, inWidth: rows, inChannels: depth, outHeight: 1, outWidth: rows, outChannels: columns },
    ...{ kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
    ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, groups: 1 },
  };
  const term = { x: a, filter: b, scale: null };
  const dispatch = binaryConv2dSum([term], g, { padValue: 0, levels }, {}, { type: 'dots', y });
  return { ...dispatch, where: 'binaryMatMul' };
}

export function binaryConv2dSum(
  ...[terms, g, { padValue, levels }, transform, output]: GpuArguments<'binaryConv2dSum'>
): Dispatch {
  const groupIn = g.inChannels / g.groups;
  const access = accessOf(groupIn, g.groups);
  const perStep = access === 'vec4' ? 4 : 1;
  return convolution('binaryConv2dSum', terms, g, transform, output, {
    dots: convolutionDots(levels, access),
    element: wordType(access),
    padValue,
    groupOut: g.outChannels / g.groups,
    groups: g.groups,
    wordsPerPixel: wordsFor(g.inChannels) / perStep,
    wordsPerTap: wordsFor(groupIn) / perStep,
  });
}

export function binaryDepthwiseConv2d(
  ...[term, g, { padValue, levels }, transform, output]: GpuArguments<'binaryDepthwiseConv2d'>
): Dispatch {
  const words = wordsFor(g.inChannels);
  return convolution('binaryDepthwiseConv2d', [term], g, transform, output, {
    dots: depthwiseDots(levels),
    element: 'i32',
    padValue,
    groupOut: g.outChannels,
    groups: 1,
    wordsPerPixel: words,
    wordsPerTap: words,
  });
}

/** A group's words are read as they lie where it begins at a word. */
function accessOf(groupIn: number, groups: number): WordAccess {
  if (groups > 1 && groupIn % 32 !== 0) return 'unaligned';
  return wordsFor(groupIn) % 4 === 0 ? 'vec4' : 'word';
}

interface DotProducts {
  /** WGSL of `dotsOf`. */
  readonly dots: string;
  readonly element: string;
  readonly padValue: PadValue;
  /** Blocks of four outputs stay within `groups` groups of `groupOut` outputs. */
  readonly groups: number;
  readonly groupOut: number;
  /** In elements of `x` and `filters`. */
  readonly wordsPerPixel: number;
  readonly wordsPerTap: number;
}

function convolution(
  where: string,
  terms: readonly OnGpu<BinaryTerm>[],
  g: Conv2dGeometry,
  transform: OnGpu<OutputTransform>,
  output: OnGpu<BinaryOutput>,
  { dots, element, groups, ...layout }: DotProducts,
): Dispatch {
  const steps = stepsOf(terms, transform, output);
  const blocksPerGroup = Math.ceil(layout.groupOut / 4);
  const flipStart = g.outChannels * (parameterRows(steps).length + (steps.scale ? terms.length : 0));
  const clip = transform.activation?.kind === 'clip' ? transform.activation : { low: 0, high: 0 };
  const { inverseStep, zeroPoint } = output.type === 'int8' ? output : { inverseStep: 0, zeroPoint: 0 };
  const bindings = {
    parameters: parametersOf(steps, terms, g.outChannels, transform, output),
    residual: transform.residual ? transform.residual.values : [],
    y: output.y,
  };
  return {
    where,
    body: `${dots}${outputBody(steps)}`,
    uniforms: {
      int: {
        ...windowUniforms(g),
        ...layout,
        ...{ batch: g.batch, groupIn: g.inChannels / g.groups, outChannels: g.outChannels },
        ...{ blocksPerGroup, terms: terms.length, outWords: wordsFor(g.outChannels), flipStart },
      },
      float: { low: clip.low, high: clip.high, inverseStep, zeroPoint },
    },
    arrays: [
      { name: 'x', element, access: read, binding: terms.map(({ x }) => x) },
      { name: 'filters', element, access: read, binding: terms.map(({ filter }) => filter) },
      ...outputArrays(steps).map((array) => ({ ...array, binding: bindings[array.name] })),
    ],
    columns: g.batch * g.outHeight * g.outWidth,
    rows: groups * blocksPerGroup,
    clear: output.type === 'int8' || output.type === 'bits' ? output.y : undefined,
  };
}

function stepsOf(
  terms: readonly OnGpu<BinaryTerm>[],
  { offset, activation, residual }: OnGpu<OutputTransform>,
  output: OnGpu<BinaryOutput>,
): OutputSteps {
  const bits = output.type === 'bits' ? output : undefined;
  return {
    scale: terms.some(({ scale }) => scale !== null),
    offset: offset !== undefined,
    activation: activation?.kind ?? 'none',
    residual: residual?.position ?? 'none',
    output: output.type,
    levels: bits?.levels ?? 'pm1',
    threshold: bits?.threshold !== undefined,
    flip: bits?.threshold?.flip !== undefined,
  };
}

/** The numbers of the steps in the order of {@link parameterRows}. */
function parametersOf(
  steps: OutputSteps,
  terms: readonly OnGpu<BinaryTerm>[],
  outChannels: number,
  { offset, activation }: OnGpu<OutputTransform>,
  output: OnGpu<BinaryOutput>,
) {
  const threshold = output.type === 'bits' ? output.threshold : undefined;
  const named = { ...activation, offset, threshold: threshold?.values } as Partial<Record<string, GPUBuffer>>;
  const rows = parameterRows(steps).map((name) => named[name]);
  const scales = steps.scale ? terms.map(({ scale }) => scale ?? new Float32Array(outChannels).fill(1)) : [];
  return [...rows, ...scales, threshold?.flip].filter((part) => part !== undefined);
}

/** Where a window lies in the input, and the outputs in their tensor. */
function windowUniforms(g: Conv2dGeometry) {
  const { inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth } = g;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft } = g;
  return {
    ...{ inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth },
    ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft },
  };
}
