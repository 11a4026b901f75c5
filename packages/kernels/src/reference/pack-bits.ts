import { wordsFor } from '../bits.js';
import type { Levels } from '../native/binary.js';

/**
 * Packs `[pixels, channels]` floats into `[pixels, ceil(channels / 32)]` words. With `'pm1'` a bit is 1 where the value is -1 after binarization:
 * `!(x >= 0)`, hence 0 for -0 and 1 for NaN. With `'zero-one'` a bit is 1 where the value is 1 after binarization: `x > 0`. Tail bits are 0.
 */
export function packBits(x: Float32Array, channels: number, levels: Levels = 'pm1'): Int32Array {
  const pixels = x.length / channels;
  const perPixel = wordsFor(channels);
  const words = new Int32Array(pixels * perPixel);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      const value = x[p * channels + c];
      const bit = levels === 'pm1' ? !(value >= 0) : value > 0;
      if (bit) words[p * perPixel + (c >> 5)] |= 1 << (c & 31);
    }
  }
  return words;
}

/** Inverse of {@link packBits}: `[pixels, channels]` of +1 and -1, or of 0 and 1. */
export function unpackBits(words: Int32Array, channels: number, levels: Levels = 'pm1'): Float32Array {
  const perPixel = wordsFor(channels);
  const pixels = words.length / perPixel;
  const x = new Float32Array(pixels * channels);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      const bit = (words[p * perPixel + (c >> 5)] >>> (c & 31)) & 1;
      x[p * channels + c] = levels === 'pm1' ? 1 - 2 * bit : bit;
    }
  }
  return x;
}

/** Packs a filter `[kh, kw, I, O]` into `[O, kh, kw, ceil(I / 32)]` words, I = C / groups; a bit is 1 where the weight is -1 (`!(w >= 0)`). */
export function packFilter(filter: Float32Array, taps: number, inChannels: number, outChannels: number): Int32Array {
  const transposed = new Float32Array(filter.length);
  for (let row = 0; row < taps * inChannels; row++) {
    for (let o = 0; o < outChannels; o++) transposed[o * taps * inChannels + row] = filter[row * outChannels + o];
  }
  return packBits(transposed, inChannels);
}
