import { expect, test } from 'vitest';
import { wordsFor } from '../src/bits.js';
import { conv2dGeometry } from '../src/geometry.js';
import type { Levels } from '../src/native/binary.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import type { SavedMask, Threshold } from '../src/transform.js';
import { expectSameBits, oddNormals, randomBits, thresholdAt } from './bit-operands.js';
import { eachKernelSet } from './kernel-sets.js';
import { maxPoolSuite } from './suites/max-pool.js';
import { packingSuite } from './suites/packing.js';

/** Outputs start full, so that a bit the kernel forgets is found. */
const fullWords = (size: number) => new Int32Array(size).fill(-1);

eachKernelSet('bits', (native) => {
  packingSuite(native);
  maxPoolSuite(native);

  // A block of 64 short pixels, one more and one less; and enough floats that each thread gets several blocks.
  test.for([1, 2, 3, 7, 8, 9, 16, 17, 33, 130])('many pixels of %i channels equal the reference', (channels) => {
    for (const pixels of [63, 64, 65, Math.ceil(40_000 / channels)]) {
      const x = oddNormals(pixels * channels, channels);
      const [words, expected] = [fullWords(pixels * wordsFor(channels)), fullWords(pixels * wordsFor(channels))];
      for (const [levels, threshold] of [
        ['pm1', undefined],
        ['zero-one', thresholdAt(x, channels, 3, true)],
      ] as const) {
        reference.packBits(x, expected, channels, levels, threshold);
        native().packBits(x, words, channels, levels, threshold);
        expectSameBits(words, expected);
        const [back, values] = [x.map(() => Number.NaN), x.map(() => Number.NaN)];
        reference.unpackBits(words, values, channels, levels);
        native().unpackBits(words, back, channels, levels);
        expectSameBits(back, values);
      }
      reference.packMask(x, expected, channels, 'clip');
      native().packMask(x, words, channels, 'clip');
      expectSameBits(words, expected);
    }
  });

  test('estimator masks change between neighbouring numbers about one', () => {
    const next = 1 + 2 ** -23;
    const before = 1 - 2 ** -24;
    const x = Float32Array.of(before, 1, next, -before, -1, -next, 0, -0, Number.NaN, Infinity, -Infinity);
    const words = fullWords(1);
    native().packMask(x, words, x.length, 'clip');
    expect(words[0]).toBe(0b00011_011_011);
    native().packMask(x, words, x.length, 'clip-open');
    expect(words[0]).toBe(0b00011_001_001);
  });

  test('filters of more columns and words than one block', () => {
    const filter = oddNormals(2 * 530 * 300, 3);
    const [words, expected] = [fullWords(2 * 17 * 300), fullWords(2 * 17 * 300)];
    reference.packFilter(filter, expected, 2, 530, 300);
    native().packFilter(filter, words, 2, 530, 300);
    expectSameBits(words, expected);
  });

  test('bits in the tail of a word do not matter to unpacking', () => {
    for (const channels of [1, 3, 8, 9, 33]) {
      const x = new Float32Array(70 * channels);
      native().unpackBits(fullWords(70 * wordsFor(channels)), x, channels, 'pm1');
      expect(x.every((v) => v === -1)).toBe(true);
    }
  });

  test.for([1, 2, 3, 4, 5, 17])('pooling of images that several threads share, %i words per pixel', (words) => {
    const channels = 32 * words - 3;
    const x = randomBits(2 * 25 * 27, channels, words);
    for (const [kernel, strides, dilations] of [
      [2, 2, 1],
      [3, 1, 2],
      [3, [2, 3], 1],
    ] as const) {
      const filter = [kernel, kernel, channels, channels];
      const g = conv2dGeometry([2, 25, 27, channels], filter, { strides, dilations, padding: 'same' });
      const size = 2 * g.outHeight * g.outWidth * words;
      const [y, expected] = [fullWords(size), fullWords(size)];
      for (const levels of ['pm1', 'zero-one'] as const) {
        reference.maxPoolBits(x, expected, g, levels);
        native().maxPoolBits(x, y, g, levels);
        expectSameBits(y, expected);
      }
    }
  });

  test('errors say what must hold and what was found', () => {
    const n = native();
    const [x, words] = [new Float32Array(66), fullWords(4)];
    const threshold = { values: new Float32Array(33), flip: new Uint8Array(33) };
    const pack = (given?: unknown) => () => n.packBits(x, words, 33, 'pm1', given as Threshold);
    expect(pack({})).toThrow('packBits: threshold.values must be a Float32Array');
    expect(pack(1)).toThrow('packBits: threshold must be an object');
    expect(pack({ values: x })).toThrow('packBits: threshold.values must have length 33, got 66');
    expect(pack({ ...threshold, flip: new Uint8Array(32) })).toThrow('threshold.flip must have length 33, got 32');
    expect(() => n.packBits(x, words, 32, 'pm1')).toThrow(
      'packBits: x must have a length divisible by 32 channels, got 66',
    );
    expect(() => n.packBits(x, words, 33, 'pm2' as Levels)).toThrow("levels must be 'pm1' or 'zero-one', got 'pm2'");
    expect(() => n.unpackBits(fullWords(5), x, 33, 'pm1')).toThrow('unpackBits: words must have length 4, got 5');
    expect(() => n.packMask(x, words, 33, 'tanh' as SavedMask)).toThrow(
      "packMask: mask must be 'clip' or 'clip-open', got 'tanh'",
    );
    expect(() => n.packFilter(x, words, 1, 33, 3)).toThrow('packFilter: filter must have length 99, got 66');
    expect(() => n.packFilter(x, words, 2 ** 24, 2 ** 30, 2)).toThrow('filter must have at most 2^40 elements');
    const g = conv2dGeometry([1, 1, 2, 33], [1, 1, 33, 33]);
    expect(() => n.maxPoolBits(words, words, { ...g, groups: 33 }, 'pm1')).toThrow(
      'maxPoolBits: geometry: inChannels and outChannels must be equal and groups 1, got 33, 33 and 33',
    );
    expect(words).toEqual(fullWords(4));
  });

  test('a detached array is an empty one, also when a getter detaches it', () => {
    const detached = () => {
      const x = new Float32Array(33);
      return { x, detach: () => structuredClone(x.buffer, { transfer: [x.buffer] }) };
    };
    const first = detached();
    first.detach();
    expect(() => native().packBits(first.x, fullWords(2), 33, 'pm1')).toThrow('words must have length 0, got 2');
    const second = detached();
    const threshold = {
      get values() {
        second.detach();
        return new Float32Array(33);
      },
    };
    expect(() => native().packBits(second.x, fullWords(2), 33, 'pm1', threshold)).toThrow('must have length 0, got 2');
  });
});
