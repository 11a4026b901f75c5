import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsFor } from '../src/bits.js';
import type { Levels } from '../src/native/binary.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import type { SavedMask, Threshold } from '../src/transform.js';
import { normals } from './arbitraries.js';
import { eachKernelSet } from './kernel-sets.js';

const levelNames = fc.constantFrom<Levels>('pm1', 'zero-one');
/** Every count to 200; those about a word or shorter than a vector more often. */
const channelCounts = fc.oneof(
  fc.constantFrom(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130),
  fc.integer({ min: 1, max: 200 }),
);
/** About the block of 64 short pixels, and more than one thread's share of one channel. */
const pixelCounts = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(63, 64, 65, 130, 17_000));
const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, -1e-45, 1, -1];
const aroundOne = [1, -1, 1 + 2 ** -23, -1 - 2 ** -23, 1 - 2 ** -24, 2 ** -24 - 1];

/** Random numbers with the given ones strewn in. */
function floatsWith(values: readonly number[], size: number, seed: number): Float32Array {
  return normals(size, seed).map((v, i) => ((i * 7 + seed) % 3 === 0 ? values[(i + seed) % values.length] : v));
}

/** Few pixels of many channels or the other way round: at most about 40,000 floats. */
const pixelsOf = (pixels: number, channels: number) => Math.min(pixels, Math.ceil(40_000 / channels));

/** As toEqual, in time: these arrays are large. */
function expectSame(actual: Int32Array | Float32Array, expected: Int32Array | Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const at = actual.findIndex((v, i) => !Object.is(v, expected[i]));
  if (at >= 0) throw new Error(`element ${at} is ${actual[at]}, expected ${expected[at]}`);
}

/** Outputs start full, so that a bit the kernel forgets is found. */
const fullWords = (size: number) => new Int32Array(size).fill(-1);

eachKernelSet('packed bits', (native) => {
  test('packing equals the reference to the bit, and unpacking undoes it', () => {
    fc.assert(
      fc.property(channelCounts, pixelCounts, levelNames, fc.nat(), (channels, count, levels, seed) => {
        const pixels = pixelsOf(count, channels);
        const x = floatsWith(special, pixels * channels, seed);
        const [words, expected] = [fullWords(pixels * wordsFor(channels)), fullWords(pixels * wordsFor(channels))];
        reference.packBits(x, expected, channels, levels);
        native().packBits(x, words, channels, levels);
        expectSame(words, expected);
        const [back, expectedBack] = [x.map(() => Number.NaN), x.map(() => Number.NaN)];
        reference.unpackBits(words, expectedBack, channels, levels);
        native().unpackBits(words, back, channels, levels);
        expectSame(back, expectedBack);
      }),
    );
  });

  test('thresholds and flips equal the reference to the bit', () => {
    fc.assert(
      fc.property(channelCounts, pixelCounts, levelNames, fc.boolean(), fc.nat(), (channels, count, ...rest) => {
        const [levels, flipped, seed] = rest;
        const pixels = pixelsOf(count, channels);
        const values = floatsWith(special, channels, seed);
        const flip = Uint8Array.from(values, (_, c) => (c * 5 + seed) & 1);
        const threshold: Threshold = flipped ? { values, flip } : { values };
        // A third of the floats are exactly at their threshold.
        const x = floatsWith(special, pixels * channels, seed + 1).map((v, i) => (i % 3 ? v : values[i % channels]));
        const [words, expected] = [fullWords(pixels * wordsFor(channels)), fullWords(pixels * wordsFor(channels))];
        reference.packBits(x, expected, channels, levels, threshold);
        native().packBits(x, words, channels, levels, threshold);
        expectSame(words, expected);
      }),
    );
  });

  test('estimator masks equal the reference to the bit', () => {
    const masks = fc.constantFrom<SavedMask>('clip', 'clip-open');
    fc.assert(
      fc.property(channelCounts, pixelCounts, masks, fc.nat(), (channels, count, mask, seed) => {
        const pixels = pixelsOf(count, channels);
        const x = floatsWith([...special, ...aroundOne], pixels * channels, seed);
        const [words, expected] = [fullWords(pixels * wordsFor(channels)), fullWords(pixels * wordsFor(channels))];
        reference.packMask(x, expected, channels, mask);
        native().packMask(x, words, channels, mask);
        expectSame(words, expected);
      }),
    );
  });

  test('packed filters equal the reference to the bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), channelCounts, channelCounts, fc.nat(), (taps, ...rest) => {
        const [inChannels, outChannels, seed] = rest;
        const filter = floatsWith(special, taps * inChannels * outChannels, seed);
        const size = outChannels * taps * wordsFor(inChannels);
        const [words, expected] = [fullWords(size), fullWords(size)];
        reference.packFilter(filter, expected, taps, inChannels, outChannels);
        native().packFilter(filter, words, taps, inChannels, outChannels);
        expectSame(words, expected);
      }),
      { numRuns: 30 },
    );
  });

  test('filters of more columns than one block', () => {
    const filter = floatsWith(special, 2 * 530 * 300, 3);
    const [words, expected] = [fullWords(2 * 17 * 300), fullWords(2 * 17 * 300)];
    reference.packFilter(filter, expected, 2, 530, 300);
    native().packFilter(filter, words, 2, 530, 300);
    expectSame(words, expected);
  });

  test('bits in the tail of a word do not matter to unpacking', () => {
    for (const channels of [3, 8, 9, 33]) {
      const x = new Float32Array(70 * channels);
      native().unpackBits(fullWords(70 * wordsFor(channels)), x, channels, 'pm1');
      expect(x.every((v) => v === -1)).toBe(true);
    }
  });

  test('wrong arguments throw before anything is touched', () => {
    const n = native();
    const [x, words] = [new Float32Array(66), fullWords(4)];
    const threshold = { values: new Float32Array(33), flip: new Uint8Array(33) };
    expect(() => n.packBits(x, words.subarray(1), 33, 'pm1')).toThrow('packBits: words must have length 4, got 3');
    expect(() => n.packBits(x, words, 32, 'pm1')).toThrow('packBits: x must have a length divisible by 32');
    expect(() => n.packBits(x, words, 0, 'pm1')).toThrow('packBits: channels must be an integer in');
    expect(() => n.packBits(x, words, Number.NaN, 'pm1')).toThrow('packBits: channels must be an integer in');
    expect(() => n.packBits(words as unknown as Float32Array, words, 33, 'pm1')).toThrow('x must be a Float32Array');
    expect(() => n.packBits(x, x as unknown as Int32Array, 33, 'pm1')).toThrow('words must be a Int32Array');
    expect(() => n.packBits(x, words, 33, 'pm2' as Levels)).toThrow("levels must be 'pm1' or 'zero-one', got 'pm2'");
    expect(() => n.packBits(x, words, 33, 'pm1', {} as Threshold)).toThrow('threshold.values must be a Float32Array');
    expect(() => n.packBits(x, words, 33, 'pm1', 1 as unknown as Threshold)).toThrow('threshold must be an object');
    expect(() => n.packBits(x, words, 33, 'pm1', { values: x })).toThrow(
      'packBits: threshold.values must have length 33, got 66',
    );
    const short = { ...threshold, flip: new Uint8Array(32) };
    expect(() => n.packBits(x, words, 33, 'pm1', short)).toThrow('threshold.flip must have length 33, got 32');
    expect(() => n.unpackBits(words, x.subarray(1), 33, 'pm1')).toThrow('unpackBits: x must have a length divisible');
    expect(() => n.unpackBits(fullWords(5), x, 33, 'pm1')).toThrow('unpackBits: words must have length 4, got 5');
    expect(() => n.packMask(x, words, 33, 'tanh' as SavedMask)).toThrow("mask must be 'clip' or 'clip-open', got");
    expect(() => n.packMask(x, fullWords(3), 33, 'clip')).toThrow('packMask: words must have length 4, got 3');
    expect(() => n.packFilter(x, words, 1, 33, 3)).toThrow('packFilter: filter must have length 99, got 66');
    expect(() => n.packFilter(x, fullWords(5), 1, 33, 2)).toThrow('packFilter: words must have length 4, got 5');
    expect(() => n.packFilter(x, words, 2 ** 24, 2 ** 30, 2)).toThrow('filter must have at most 2^40 elements');
    expect(() => n.packFilter(x, words, 0, 33, 2)).toThrow('packFilter: taps must be an integer in');
    expect(words).toEqual(fullWords(4));
  });

  test('a detached array is an empty one', () => {
    const x = new Float32Array(33);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    expect(() => native().packBits(x, new Int32Array(2), 33, 'pm1')).toThrow('words must have length 0, got 2');
  });
});
