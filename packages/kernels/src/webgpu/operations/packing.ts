import { wordsFor } from '../../bits.js';
import type { ArgumentsOver, Dispatch, Held, InputArray } from '../dispatch.js';
import { type BitRule, maskRule, packBody, packFilterBody, thresholdRule, unpackBody } from '../wgsl/pack.js';
import { maxPoolBody } from '../wgsl/pool.js';
import { floatBytes, windowUniforms } from './window.js';

/** Packed signs or steps of floats, against thresholds if there are any. */
export function packBits<H extends Held>(
  ...[x, words, channels, levels, threshold]: ArgumentsOver<H, 'packBits'>
): Dispatch<H> {
  const has = { values: threshold !== undefined, flip: threshold?.flip !== undefined };
  const further: InputArray<H>[] = [];
  if (threshold) further.push({ name: 'thresholds', element: 'u32', held: threshold.values });
  if (threshold?.flip) further.push({ name: 'flips', element: 'u32', held: threshold.flip });
  return pack('packBits', x, words, channels, thresholdRule(levels, has), further);
}

/** Packed mask of an estimator's derivative. */
export function packMask<H extends Held>(...[x, words, channels, mask]: ArgumentsOver<H, 'packMask'>): Dispatch<H> {
  return pack('packMask', x, words, channels, maskRule(mask), []);
}

function pack<H extends Held>(
  where: string,
  x: H,
  words: H,
  channels: number,
  rule: BitRule,
  further: readonly InputArray<H>[],
): Dispatch<H> {
  return {
    where,
    body: packBody(rule),
    uniforms: { int: { channels, wordsPerPixel: wordsFor(channels) } },
    inputs: [{ name: 'x', element: 'u32', held: x }, ...further],
    output: { held: words, element: 'i32' },
    columns: words.size / floatBytes,
    rows: 1,
  };
}

/** Floats of packed bits. */
export function unpackBits<H extends Held>(
  ...[words, x, channels, levels]: ArgumentsOver<H, 'unpackBits'>
): Dispatch<H> {
  return {
    where: 'unpackBits',
    body: unpackBody(levels),
    uniforms: { int: { channels, wordsPerPixel: wordsFor(channels) } },
    inputs: [{ name: 'words', element: 'i32', held: words }],
    output: { held: x, element: 'f32' },
    columns: x.size / floatBytes,
    rows: 1,
  };
}

/** Packed signs of a filter. */
export function packFilter<H extends Held>(
  ...[x, words, taps, inChannels, outChannels]: ArgumentsOver<H, 'packFilter'>
): Dispatch<H> {
  const wordsPerTap = wordsFor(inChannels);
  return {
    where: 'packFilter',
    body: packFilterBody,
    uniforms: { int: { inChannels, outChannels, wordsPerTap } },
    inputs: [{ name: 'x', element: 'u32', held: x }],
    output: { held: words, element: 'i32' },
    columns: outChannels,
    rows: taps * wordsPerTap,
  };
}

/** Maximum of packed bits under a window. */
export function maxPoolBits<H extends Held>(...[x, y, g, levels]: ArgumentsOver<H, 'maxPoolBits'>): Dispatch<H> {
  return {
    where: 'maxPoolBits',
    body: maxPoolBody(levels),
    uniforms: { int: { ...windowUniforms(g), channels: g.inChannels, wordsPerPixel: wordsFor(g.inChannels) } },
    inputs: [{ name: 'x', element: 'i32', held: x }],
    output: { held: y, element: 'i32' },
    columns: y.size / floatBytes,
    rows: 1,
  };
}
