import { wordsFor } from '../bits.js';
import type { Levels } from '../native/binary.js';
import type { Threshold } from '../transform.js';

/**
 * The bit of one value. `'pm1'`: 1 where the value is -1 after binarization, `!(x >= t)`, hence 0 for -0 and 1 for NaN. `'zero-one'`: 1 where the
 * value is 1 after binarization, `x > t`. A flip turns the comparison round.
 */
function bitOf(value: number, levels: Levels, threshold: number, flip: boolean): boolean {
  if (levels === 'pm1') return flip ? !(value <= threshold) : !(value >= threshold);
  return flip ? value < threshold : value > threshold;
}

/** Packs `[pixels, channels]` floats into `[pixels, ceil(channels / 32)]` words by comparing with a threshold per channel (0 without). Tail bits are 0. */
export function packBits(
  x: Float32Array,
  channels: number,
  levels: Levels = 'pm1',
  threshold?: Threshold,
): Int32Array<ArrayBuffer> {
  return packWhere(x, channels, (value, c) =>
    bitOf(value, levels, threshold?.values[c] ?? 0, threshold?.flip?.[c] === 1),
  );
}

/** Packs `[pixels, channels]` floats: bit 1 where `isSet(value, channel)`. */
export function packWhere(
  x: Float32Array,
  channels: number,
  isSet: (value: number, channel: number) => boolean,
): Int32Array<ArrayBuffer> {
  const pixels = x.length / channels;
  const perPixel = wordsFor(channels);
  const words = new Int32Array(pixels * perPixel);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      if (isSet(x[p * channels + c], c)) words[p * perPixel + (c >> 5)] |= 1 << (c & 31);
    }
  }
  return words;
}

/** Bit of `channel` in row `row` of `perRow` words. */
export function bitAt(words: Int32Array, row: number, perRow: number, channel: number): number {
  return (words[row * perRow + (channel >> 5)] >>> (channel & 31)) & 1;
}

/** Inverse of {@link packBits}: `[pixels, channels]` of +1 and -1, or of 0 and 1. */
export function unpackBits(words: Int32Array, channels: number, levels: Levels = 'pm1'): Float32Array<ArrayBuffer> {
  const perPixel = wordsFor(channels);
  const pixels = words.length / perPixel;
  const x = new Float32Array(pixels * channels);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      const bit = bitAt(words, p, perPixel, c);
      x[p * channels + c] = levels === 'pm1' ? 1 - 2 * bit : bit;
    }
  }
  return x;
}

/** Packs a filter `[kh, kw, I, O]` into `[O, kh, kw, ceil(I / 32)]` words, I = C / groups; a bit is 1 where the weight is -1 (`!(w >= 0)`). */
export function packFilter(
  filter: Float32Array,
  taps: number,
  inChannels: number,
  outChannels: number,
): Int32Array<ArrayBuffer> {
  const transposed = new Float32Array(filter.length);
  for (let row = 0; row < taps * inChannels; row++) {
    for (let o = 0; o < outChannels; o++) transposed[o * taps * inChannels + row] = filter[row * outChannels + o];
  }
  return packBits(transposed, inChannels);
}

/** Inverse of {@link packFilter}: the signs `[kh, kw, I, O]` as ±1. */
export function unpackFilter(
  words: Int32Array,
  taps: number,
  inChannels: number,
  outChannels: number,
): Float32Array<ArrayBuffer> {
  const rows = unpackBits(words, inChannels);
  const filter = new Float32Array(rows.length);
  for (let row = 0; row < taps * inChannels; row++) {
    for (let o = 0; o < outChannels; o++) filter[row * outChannels + o] = rows[o * taps * inChannels + row];
  }
  return filter;
}
