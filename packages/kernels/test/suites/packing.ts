import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wordsFor } from '../../src/bits.js';
import type { Levels } from '../../src/native/binary.js';
import { referenceBitKernels as reference } from '../../src/reference/bit-kernels.js';
import type { SavedMask } from '../../src/transform.js';
import { channelCounts, outputs } from '../bit-arbitraries.js';
import { type Candidate, expectSameBits, expectShapeError, oddNormals, thresholdAt } from '../bit-operands.js';

type PackingKernels = 'packBits' | 'unpackBits' | 'packFilter' | 'packMask';

/** Packing and unpacking. */
export function packingSuite(kernels: Candidate<PackingKernels>): void {
  describe('packing', () => {
    const counts = fc.oneof(fc.constantFrom(...channelCounts), fc.integer({ min: 1, max: 200 }));
    const pixelCounts = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 10, max: 100 }));

    test('equals the reference to the bit, and unpacking undoes it', () => {
      fc.assert(
        fc.property(counts, pixelCounts, outputs, fc.nat(), (channels, pixels, { levels, threshold: kind }, seed) => {
          const x = oddNormals(pixels * channels, seed);
          const threshold = kind === 'none' ? undefined : thresholdAt(x, channels, seed + 1, kind === 'flipped');
          const [expected, words] = [5, -7].map((v) => new Int32Array(pixels * wordsFor(channels)).fill(v));
          reference.packBits(x, expected, channels, levels, threshold);
          kernels().packBits(x, words, channels, levels, threshold);
          expectSameBits(words, expected);
          const [values, back] = [5, -7].map((v) => new Float32Array(x.length).fill(v));
          reference.unpackBits(words, values, channels, levels);
          kernels().unpackBits(words, back, channels, levels);
          expectSameBits(back, values);
        }),
      );
    });

    test('masks equal the reference to the bit', () => {
      const names = fc.constantFrom<SavedMask>('clip', 'clip-open');
      fc.assert(
        fc.property(counts, pixelCounts, names, fc.nat(), (channels, pixels, mask, seed) => {
          const x = oddNormals(pixels * channels, seed).map((v, i) => (i % 7 === 0 ? Math.sign(v) : v));
          const [expected, words] = [5, -7].map((v) => new Int32Array(pixels * wordsFor(channels)).fill(v));
          reference.packMask(x, expected, channels, mask);
          kernels().packMask(x, words, channels, mask);
          expectSameBits(words, expected);
        }),
      );
    });

    test('filters equal the reference to the bit', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), counts, counts, fc.nat(), (taps, inChannels, outChannels, seed) => {
          const filter = oddNormals(taps * inChannels * outChannels, seed);
          const [expected, words] = [5, -7].map((v) =>
            new Int32Array(outChannels * taps * wordsFor(inChannels)).fill(v),
          );
          reference.packFilter(filter, expected, taps, inChannels, outChannels);
          kernels().packFilter(filter, words, taps, inChannels, outChannels);
          expectSameBits(words, expected);
        }),
        { numRuns: 30 },
      );
    });

    test('wrong arguments throw before anything is written', () => {
      const [x, words] = [new Float32Array(66), new Int32Array(6).fill(9)];
      const short = words.subarray(1);
      const threshold = { values: new Float32Array(32) };
      const k = kernels();
      expectShapeError('packBits', () => k.packBits(x, short, 33, 'pm1'));
      expectShapeError('packBits', () => k.packBits(x, words, 32, 'pm1'));
      expectShapeError('packBits', () => k.packBits(x, words, 0, 'pm1'));
      expectShapeError('packBits', () => k.packBits(x, words.subarray(2), 33, 'pm2' as Levels));
      expectShapeError('packBits', () => k.packBits(x, words.subarray(2), 33, 'pm1', threshold));
      expectShapeError('packBits', () => k.packBits(words as unknown as Float32Array, words, 1, 'pm1'));
      expectShapeError('unpackBits', () => k.unpackBits(short, x, 33, 'pm1'));
      expectShapeError('unpackBits', () => k.unpackBits(words, x, Number.NaN, 'pm1'));
      expectShapeError('packMask', () => k.packMask(x, short, 33, 'clip'));
      expectShapeError('packMask', () => k.packMask(x, words.subarray(2), 33, 'open' as SavedMask));
      expectShapeError('packFilter', () => k.packFilter(x, short, 1, 11, 6));
      expectShapeError('packFilter', () => k.packFilter(x, words, 1, 12, 6));
      const detached = new Float32Array(66);
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      expectShapeError('packBits', () => k.packBits(detached, words, 11, 'pm1'));
      expect(words).toEqual(new Int32Array(6).fill(9));
    });
  });
}
