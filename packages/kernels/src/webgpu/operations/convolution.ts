import { wordsFor } from '../../bits.js';
import type { Conv2dGeometry, PadValue } from '../../geometry.js';
import type { BinaryOutput, BinaryTerm, OutputTransform } from '../../transform.js';
import type { ArgumentsOver, Dispatch, Held, InputArray, Over } from '../dispatch.js';
import { convolutionDots, depthwiseDots, type WordAccess, wordType } from '../wgsl/dots.js';
import { type OutputSteps, outputBody, parameterRows } from '../wgsl/output.js';
import { floatBytes, windowUniforms } from './window.js';

/** The matrix product is a 1x1 convolution over an image of one row. */
export function binaryMatMul<H extends Held>(
  ...[a, b, y, depth, levels]: ArgumentsOver<H, 'binaryMatMul'>
): Dispatch<H> {
  const rows = a.size / floatBytes / wordsFor(depth);
  const columns = b.size / floatBytes / wordsFor(depth);
  const g: Conv2dGeometry = {
    ...{ batch: 1, inHeight: 1, inWidth: rows, inChannels: depth, outHeight: 1, outWidth: rows, outChannels: columns },
    ...{ kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
    ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, groups: 1 },
  };
  const term = { x: a, filter: b, scale: null };
  const dispatch = binaryConv2dSum<H>([term], g, { padValue: 0, levels }, {}, { type: 'dots', y });
  return { ...dispatch, where: 'binaryMatMul' };
}

/** Binary convolutions, their sum, transform and output in one shader. */
export function binaryConv2dSum<H extends Held>(
  ...[terms, g, { padValue, levels }, transform, output]: ArgumentsOver<H, 'binaryConv2dSum'>
): Dispatch<H> {
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

/** The same where each channel has its own kernel. */
export function binaryDepthwiseConv2d<H extends Held>(
  ...[term, g, { padValue, levels }, transform, output]: ArgumentsOver<H, 'binaryDepthwiseConv2d'>
): Dispatch<H> {
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
  readonly element: InputArray<Held>['element'];
  readonly padValue: PadValue;
  /** Blocks of four outputs stay within `groups` groups of `groupOut` outputs. */
  readonly groups: number;
  readonly groupOut: number;
  /** In elements of `x` and `filters`. */
  readonly wordsPerPixel: number;
  readonly wordsPerTap: number;
}

const outputElements = { dots: 'i32', float32: 'f32', int8: 'atomic<u32>', bits: 'atomic<u32>' } as const;

function convolution<H extends Held>(
  where: string,
  terms: readonly Over<H, BinaryTerm>[],
  g: Conv2dGeometry,
  transform: Over<H, OutputTransform>,
  output: Over<H, BinaryOutput>,
  { dots, element, groups, ...layout }: DotProducts,
): Dispatch<H> {
  const steps = stepsOf(terms, transform, output);
  const blocksPerGroup = Math.ceil(layout.groupOut / 4);
  const flipStart = g.outChannels * (parameterRows(steps).length + (steps.scale ? terms.length : 0));
  const clip = transform.activation?.kind === 'clip' ? transform.activation : { low: 0, high: 0 };
  const { inverseStep, zeroPoint } = output.type === 'int8' ? output : { inverseStep: 0, zeroPoint: 0 };
  const inputs: InputArray<H>[] = [
    { name: 'x', element, held: terms.map(({ x }) => x) },
    { name: 'filters', element, held: terms.map(({ filter }) => filter) },
  ];
  const parameters = parametersOf(steps, terms, g.outChannels, transform, output);
  // Words, because flips are bytes and thresholds are compared by their bits.
  if (parameters.length > 0) inputs.push({ name: 'parameters', element: 'u32', held: parameters });
  if (transform.residual) inputs.push({ name: 'residual', element: 'f32', held: transform.residual.values });
  return {
    where,
    body: `${dots}${outputBody(steps)}`,
    uniforms: {
      int: {
        ...windowUniforms(g),
        ...layout,
        ...{ groupIn: g.inChannels / g.groups, outChannels: g.outChannels, blocksPerGroup, terms: terms.length },
        ...{ outWords: wordsFor(g.outChannels), flipStart },
      },
      float: { low: clip.low, high: clip.high, inverseStep, zeroPoint },
    },
    inputs,
    output: { held: output.y, element: outputElements[output.type] },
    columns: g.batch * g.outHeight * g.outWidth,
    rows: groups * blocksPerGroup,
  };
}

function stepsOf<H>(
  terms: readonly Over<H, BinaryTerm>[],
  { offset, activation, residual }: Over<H, OutputTransform>,
  output: Over<H, BinaryOutput>,
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
function parametersOf<H>(
  steps: OutputSteps,
  terms: readonly Over<H, BinaryTerm>[],
  outChannels: number,
  { offset, activation }: Over<H, OutputTransform>,
  output: Over<H, BinaryOutput>,
): (H | Float32Array)[] {
  const threshold = output.type === 'bits' ? output.threshold : undefined;
  const named = { ...activation, offset, threshold: threshold?.values } as Partial<Record<string, H>>;
  const rows = parameterRows(steps).map((name) => named[name]);
  const scales = steps.scale ? terms.map(({ scale }) => scale ?? new Float32Array(outChannels).fill(1)) : [];
  return [...rows, ...scales, threshold?.flip].filter((part) => part !== undefined);
}
