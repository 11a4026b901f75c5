import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2dGeometry, type PadValue } from '../geometry.js';
import type { Levels } from '../native/binary.js';
import { binaryConv2d } from './binary-conv2d.js';
import { conv2d } from './conv2d.js';
import { packBits, packFilter, unpackBits } from './pack-bits.js';

const signs = (size: number, seed: number) =>
  Float32Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) < 0 ? -1 : 1));

describe('reference packing', () => {
  test('zeros are +1, NaN is -1, tail bits are 0', () => {
    expect([...packBits(Float32Array.of(0, -0, Number.NaN, -1, 1, -1e-45), 6)]).toEqual([0b101100]);
    expect([...packBits(Float32Array.of(0, -0, Number.NaN, -1, 1, 1e-45), 6, 'zero-one')]).toEqual([0b110000]);
  });

  test('channel c is bit c % 32 of word floor(c / 32)', () => {
    const x = new Float32Array(66).fill(1);
    x[31] = x[32] = x[65] = -1;
    expect([...packBits(x, 66)]).toEqual([-(2 ** 31), 1, 2]);
  });

  test.for([1, 31, 32, 33, 63, 65, 130])('unpack undoes pack for %i channels', (channels) => {
    const x = signs(3 * channels, channels);
    expect(unpackBits(packBits(x, channels), channels)).toEqual(x);
    const zeroOne = x.map((v) => (v + 1) / 2);
    expect(unpackBits(packBits(zeroOne, channels, 'zero-one'), channels, 'zero-one')).toEqual(zeroOne);
  });
});

describe('reference binary convolution', () => {
  test('equals the float convolution of an input padded by hand, for every pad value and both levels', () => {
    const cases = fc.record({
      groupIn: fc.constantFrom(1, 5, 32, 33),
      groups: fc.constantFrom(1, 2),
      strides: fc.integer({ min: 1, max: 3 }),
      dilations: fc.integer({ min: 1, max: 3 }),
      pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))),
      padValue: fc.constantFrom<PadValue>(0, 1, -1),
      levels: fc.constantFrom<Levels>('pm1', 'zero-one'),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(cases, ({ groupIn, groups, strides, dilations, pads, padValue, levels, seed }) => {
        const [top, bottom, left, right] = pads;
        const [height, width, channels, out] = [7, 6, groupIn * groups, 3 * groups];
        const options = { strides, dilations, groups };
        const g = conv2dGeometry([2, height, width, channels], [3, 2, groupIn, out], {
          ...options,
          padding: { top, bottom, left, right },
        });
        const x = signs(2 * height * width * channels, seed).map((v) => (levels === 'pm1' ? v : (v + 1) / 2));
        const w = signs(6 * groupIn * out, seed + 1);
        // The same image with its border written out.
        const [tall, wide] = [height + top + bottom, width + left + right];
        const padded = new Float32Array(2 * tall * wide * channels).fill(padValue);
        for (let row = 0; row < 2 * height; row++) {
          const to = Math.floor(row / height) * tall + (row % height) + top;
          const pixels = x.subarray(row * width * channels, (row + 1) * width * channels);
          padded.set(pixels, (to * wide + left) * channels);
        }
        const plain = conv2dGeometry([2, tall, wide, channels], [3, 2, groupIn, out], { ...options, padding: 'valid' });
        const y = binaryConv2d(packBits(x, channels, levels), packFilter(w, 6, groupIn, out), g, padValue, levels);
        expect([...y]).toEqual([...conv2d(padded, w, plain)].map((v) => v + 0));
      }),
      { numRuns: 60 },
    );
  });
});
