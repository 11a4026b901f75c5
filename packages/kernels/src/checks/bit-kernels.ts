import { OnebitError } from '@onebit/common/errors';
import { wordsFor } from '../bits.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import type {
  Activation,
  BinaryOutput,
  BinaryReading,
  BinaryTerm,
  BitKernels,
  GradientPrecision,
  OutputTransform,
  PreparedFilter,
  Threshold,
} from '../transform.js';
import { Arguments } from './arguments.js';

/** How an implementation lays its prepared filters out. */
export interface FilterLayout {
  /** `kernelSet` of its prepared filters. */
  readonly kernelSet: string;
  /** Length of `panels`. */
  panelWords(geometry: Conv2dGeometry): number;
}

const maxChannels = 2 ** 31;

/**
 * Puts a check of every argument before each kernel, so that the kernels themselves may trust what they get. What a kernel returns is passed on: the
 * promise of one that runs elsewhere. Such a kernel may also bring an `Arguments` of its own, for arrays that are not typed arrays.
 */
export function checkedBitKernels(layout: FilterLayout, kernels: BitKernels, Checks = Arguments): BitKernels {
  return {
    packBits(x, words, channels, levels, threshold) {
      const args = new Checks('packBits');
      checkChannels(args, 'channels', channels);
      checkLevels(args, levels);
      const pixels = args.rows('x', x, 'Float32Array', channels);
      args.array('words', words, 'Int32Array', pixels * wordsFor(channels));
      checkThreshold(args, threshold, channels);
      return kernels.packBits(x, words, channels, levels, threshold);
    },
    unpackBits(words, x, channels, levels) {
      const args = new Checks('unpackBits');
      checkChannels(args, 'channels', channels);
      checkLevels(args, levels);
      const pixels = args.rows('x', x, 'Float32Array', channels);
      args.array('words', words, 'Int32Array', pixels * wordsFor(channels));
      return kernels.unpackBits(words, x, channels, levels);
    },
    packFilter(filter, words, taps, inChannels, outChannels) {
      const args = new Checks('packFilter');
      for (const [what, size] of Object.entries({ taps, inChannels, outChannels })) checkChannels(args, what, size);
      args.array('filter', filter, 'Float32Array', taps * inChannels * outChannels);
      args.array('words', words, 'Int32Array', outChannels * taps * wordsFor(inChannels));
      return kernels.packFilter(filter, words, taps, inChannels, outChannels);
    },
    prepareFilter(filter, geometry) {
      const args = new Checks('prepareFilter');
      args.geometry(geometry);
      args.array('filter', filter, 'Int32Array', filterWords(geometry));
      return kernels.prepareFilter(filter, geometry);
    },
    binaryMatMul(a, b, y, depth, levels) {
      const args = new Checks('binaryMatMul');
      checkChannels(args, 'depth', depth);
      checkLevels(args, levels);
      const rows = args.rows('a', a, 'Int32Array', wordsFor(depth));
      const columns = args.rows('b', b, 'Int32Array', wordsFor(depth));
      args.array('y', y, 'Int32Array', rows * columns);
      return kernels.binaryMatMul(a, b, y, depth, levels);
    },
    binaryConv2dSum(terms, geometry, reading, transform, output) {
      const args = new Checks('binaryConv2dSum');
      args.geometry(geometry);
      args.require(Array.isArray(terms) && terms.length > 0, () => 'terms must be an array of at least one term');
      for (const [i, term] of terms.entries()) checkTerm(args, `terms[${i}].`, term, geometry, layout);
      checkEpilogue(args, terms, geometry, reading, transform, output);
      return kernels.binaryConv2dSum(terms, geometry, reading, transform, output);
    },
    binaryDepthwiseConv2d(term, geometry, reading, transform, output) {
      const args = new Checks('binaryDepthwiseConv2d');
      args.geometry(geometry);
      args.require(
        geometry.groups === geometry.inChannels && geometry.outChannels === geometry.inChannels,
        () => 'geometry: groups, inChannels and outChannels must be equal',
      );
      args.object('term', term);
      args.array('x', term.x, 'Int32Array', inputWords(geometry));
      const words = geometry.kernelHeight * geometry.kernelWidth * wordsFor(geometry.inChannels);
      args.array('filter', term.filter, 'Int32Array', words);
      checkScale(args, 'scale', term.scale, geometry.outChannels);
      checkEpilogue(args, [term], geometry, reading, transform, output);
      return kernels.binaryDepthwiseConv2d(term, geometry, reading, transform, output);
    },
    maxPoolBits(x, y, geometry, levels) {
      const args = new Checks('maxPoolBits');
      args.geometry(geometry);
      args.require(
        geometry.groups === 1 && geometry.outChannels === geometry.inChannels,
        () => 'geometry: inChannels and outChannels must be equal and groups 1',
      );
      checkLevels(args, levels);
      args.array('x', x, 'Int32Array', inputWords(geometry));
      args.array('y', y, 'Int32Array', outputPixels(geometry) * wordsFor(geometry.outChannels));
      return kernels.maxPoolBits(x, y, geometry, levels);
    },
    packMask(x, words, channels, mask) {
      const args = new Checks('packMask');
      checkChannels(args, 'channels', channels);
      args.oneOf('mask', mask, ['clip', 'clip-open']);
      const pixels = args.rows('x', x, 'Float32Array', channels);
      args.array('words', words, 'Int32Array', pixels * wordsFor(channels));
      return kernels.packMask(x, words, channels, mask);
    },
    binaryConv2dBackpropInput(dy, filter, scale, mask, dx, geometry, precision) {
      const args = new Checks('binaryConv2dBackpropInput');
      args.geometry(geometry);
      checkPrecision(args, precision);
      args.array('dy', dy, 'Float32Array', outputPixels(geometry) * geometry.outChannels);
      args.array('filter', filter, 'Int32Array', filterWords(geometry));
      checkScale(args, 'scale', scale, geometry.outChannels);
      if (mask !== null) args.array('mask', mask, 'Int32Array', inputWords(geometry));
      args.array('dx', dx, 'Float32Array', inputPixels(geometry) * geometry.inChannels);
      return kernels.binaryConv2dBackpropInput(dy, filter, scale, mask, dx, geometry, precision);
    },
    binaryConv2dBackpropFilter(x, dy, dw, geometry, reading, precision) {
      const args = new Checks('binaryConv2dBackpropFilter');
      args.geometry(geometry);
      checkReading(args, reading);
      checkPrecision(args, precision);
      args.array('x', x, 'Int32Array', inputWords(geometry));
      args.array('dy', dy, 'Float32Array', outputPixels(geometry) * geometry.outChannels);
      args.array('dw', dw, 'Float32Array', taps(geometry) * groupIn(geometry) * geometry.outChannels);
      return kernels.binaryConv2dBackpropFilter(x, dy, dw, geometry, reading, precision);
    },
    binaryScaleGradient(dw, filter, dScale, tapCount, inChannels) {
      const args = new Checks('binaryScaleGradient');
      checkChannels(args, 'taps', tapCount);
      checkChannels(args, 'inChannels', inChannels);
      const outChannels = args.array('dScale', dScale, 'Float32Array');
      args.array('dw', dw, 'Float32Array', tapCount * inChannels * outChannels);
      args.array('filter', filter, 'Int32Array', outChannels * tapCount * wordsFor(inChannels));
      return kernels.binaryScaleGradient(dw, filter, dScale, tapCount, inChannels);
    },
  };
}

const taps = (g: Conv2dGeometry) => g.kernelHeight * g.kernelWidth;
const groupIn = (g: Conv2dGeometry) => g.inChannels / g.groups;
const inputPixels = (g: Conv2dGeometry) => g.batch * g.inHeight * g.inWidth;
const outputPixels = (g: Conv2dGeometry) => g.batch * g.outHeight * g.outWidth;
const inputWords = (g: Conv2dGeometry) => inputPixels(g) * wordsFor(g.inChannels);

/** Length of a packed filter `[O, kh, kw, ceil((C / groups) / 32)]`. */
export function filterWords(g: Conv2dGeometry): number {
  return g.outChannels * taps(g) * wordsFor(groupIn(g));
}

function checkChannels(args: Arguments, what: string, value: number): void {
  args.integer(what, value, 1, maxChannels);
}

function checkLevels(args: Arguments, levels: Levels): void {
  args.oneOf('levels', levels, ['pm1', 'zero-one']);
}

function checkPrecision(args: Arguments, precision: GradientPrecision): void {
  args.oneOf('precision', precision, ['fp32', 'bf16']);
}

function checkReading(args: Arguments, reading: BinaryReading): void {
  args.object('reading', reading);
  args.integer('padValue', reading.padValue, -1, 1);
  checkLevels(args, reading.levels);
}

function checkScale(args: Arguments, what: string, scale: Float32Array | null, channels: number): void {
  if (scale !== null) args.array(what, scale, 'Float32Array', channels);
}

function checkThreshold(args: Arguments, threshold: Threshold | undefined, channels: number): void {
  if (threshold === undefined) return;
  args.object('threshold', threshold);
  args.array('threshold.values', threshold.values, 'Float32Array', channels);
  if (threshold.flip !== undefined) args.array('threshold.flip', threshold.flip, 'Uint8Array', channels);
}

function checkTerm(args: Arguments, at: string, term: BinaryTerm, g: Conv2dGeometry, layout: FilterLayout): void {
  args.object(at.slice(0, -1), term);
  args.array(`${at}x`, term.x, 'Int32Array', inputWords(g));
  if (args.isArray(term.filter)) args.array(`${at}filter`, term.filter, 'Int32Array', filterWords(g));
  else {
    checkPrepared(args, `${at}filter`, term.filter, g, layout.kernelSet);
    args.array(`${at}filter.panels`, term.filter.panels, 'Int32Array', layout.panelWords(g));
  }
  checkScale(args, `${at}scale`, term.scale, g.outChannels);
}

/** Everything but the panels, whose length only the kernel set knows. */
export function checkPrepared(
  args: Arguments,
  what: string,
  filter: PreparedFilter,
  g: Conv2dGeometry,
  kernelSet: string,
): void {
  args.require(
    typeof filter === 'object' && filter !== null && Array.isArray(filter.shape),
    () => `${what} must be a typed array or a prepared filter`,
  );
  if (filter.kernelSet !== kernelSet) {
    const found = `got one prepared for ${filter.kernelSet}`;
    throw new OnebitError(
      'ERR_BACKEND',
      `${args.where}: ${what} must be prepared for ${kernelSet}, ${found}; prepare it again`,
    );
  }
  const shape = [g.outChannels, g.kernelHeight, g.kernelWidth, groupIn(g)];
  args.require(
    filter.shape.length === 4 && shape.every((size, i) => size === filter.shape[i]) && filter.groups === g.groups,
    () =>
      `${what} must be prepared for [${shape.join(', ')}] and ${g.groups} group(s), got [${filter.shape.join(', ')}] and ${filter.groups}`,
  );
}

/** Everything behind the dot products. */
function checkEpilogue(
  args: Arguments,
  terms: readonly BinaryTerm[],
  g: Conv2dGeometry,
  reading: BinaryReading,
  transform: OutputTransform,
  output: BinaryOutput,
): void {
  const { outChannels } = g;
  checkReading(args, reading);
  args.object('transform', transform);
  const { offset, activation, residual } = transform;
  if (offset !== undefined) args.array('offset', offset, 'Float32Array', outChannels);
  if (activation !== undefined) checkActivation(args, activation, outChannels);
  if (residual !== undefined) {
    args.object('residual', residual);
    args.oneOf('residual.position', residual.position, ['before', 'after']);
    args.array('residual.values', residual.values, 'Float32Array', outputPixels(g) * outChannels);
  }
  checkOutput(args, output, g);
  const plain = terms.length === 1 && terms[0].scale === null && (offset ?? activation ?? residual) === undefined;
  args.require(
    output.type !== 'dots' || plain,
    () => 'the output dots must have one term without scale and no transform',
  );
}

function checkActivation(args: Arguments, activation: Activation, channels: number): void {
  args.object('activation', activation);
  args.oneOf('activation.kind', activation.kind, ['prelu', 'rprelu', 'clip']);
  if (activation.kind === 'clip') {
    const { low, high } = activation;
    args.require(low <= high, () => `activation: low must be a number not above high, got ${low} and ${high}`);
    return;
  }
  args.array('activation.slope', activation.slope, 'Float32Array', channels);
  if (activation.kind === 'prelu') return;
  args.array('activation.shiftIn', activation.shiftIn, 'Float32Array', channels);
  args.array('activation.shiftOut', activation.shiftOut, 'Float32Array', channels);
}

function checkOutput(args: Arguments, output: BinaryOutput, g: Conv2dGeometry): void {
  args.object('output', output);
  args.oneOf('output.type', output.type, ['dots', 'float32', 'int8', 'bits']);
  const pixels = outputPixels(g);
  switch (output.type) {
    case 'dots':
      args.array('y', output.y, 'Int32Array', pixels * g.outChannels);
      break;
    case 'float32':
      args.array('y', output.y, 'Float32Array', pixels * g.outChannels);
      break;
    case 'int8':
      args.array('y', output.y, 'Int8Array', pixels * g.outChannels);
      args.require(
        Number.isFinite(output.inverseStep),
        () => `inverseStep must be a finite number, got ${output.inverseStep}`,
      );
      args.integer('zeroPoint', output.zeroPoint, -128, 127);
      break;
    case 'bits':
      args.array('y', output.y, 'Int32Array', pixels * wordsFor(g.outChannels));
      checkLevels(args, output.levels);
      checkThreshold(args, output.threshold, g.outChannels);
      break;
  }
}
