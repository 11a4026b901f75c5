import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2dGeometry, outputShape } from '../src/geometry.js';
import { referenceBitKernels } from '../src/reference/bit-kernels.js';
import type { BinaryOutput, BitKernels } from '../src/transform.js';
import { normals } from './arbitraries.js';
import { eachKernelSet } from './kernel-sets.js';

const bits = (size: number, channels: number, seed: number) => {
  const words = new Int32Array(size * Math.ceil(channels / 32));
  referenceBitKernels.packBits(normals(size * channels, seed), words, channels, 'pm1');
  return words;
};

// Blocks of 512 output channels of prepared filters are counted bit-sliced where the set has AVX-512.
eachKernelSet('many output channels', (native) => {
  const configuration = fc.record({
    size: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 })),
    kernel: fc.constantFrom([1, 1], [1, 3], [2, 2], [3, 3]),
    channels: fc.constantFrom(3, 32, 65, 96, 100),
    groups: fc.constantFrom(1, 1, 2),
    groupOut: fc.constantFrom(511, 512, 530, 1024, 1030),
    strides: fc.integer({ min: 1, max: 2 }),
    dilations: fc.integer({ min: 1, max: 2 }),
    padValue: fc.constantFrom(0 as const, 1 as const, -1 as const),
    levels: fc.constantFrom('pm1' as const, 'zero-one' as const),
    terms: fc.array(fc.record({ prepared: fc.boolean(), sameInput: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    type: fc.constantFrom('dots' as const, 'float32' as const, 'bits' as const),
    seed: fc.integer({ min: 0, max: 2 ** 30 }),
  });

  test('prepared filters give what the reference gives, alone and beside others', () => {
    fc.assert(
      fc.property(configuration, ({ size, kernel, channels, groups, groupOut, strides, dilations, seed, ...c }) => {
        const filter = [kernel[0], kernel[1], channels, groupOut * groups];
        const g = conv2dGeometry([1, ...size, channels * groups], filter, { strides, dilations, groups, padding: 2 });
        const count = c.type === 'dots' ? 1 : c.terms.length;
        const terms = c.terms.slice(0, count).map(({ sameInput }, i) => ({
          x: bits(g.inHeight * g.inWidth, g.inChannels, sameInput ? seed : seed + i),
          filter: bits(g.outChannels * kernel[0] * kernel[1], channels, seed - i),
          scale: c.type === 'dots' ? null : normals(g.outChannels, seed + 7 * i),
        }));
        const reading = { padValue: c.padValue, levels: c.levels };
        const [n, h, w] = outputShape(g);
        const output = (): BinaryOutput => {
          if (c.type === 'dots') return { type: 'dots', y: new Int32Array(n * h * w * g.outChannels) };
          if (c.type === 'float32') return { type: 'float32', y: new Float32Array(n * h * w * g.outChannels) };
          return { type: 'bits', levels: 'pm1', y: new Int32Array(n * h * w * Math.ceil(g.outChannels / 32)) };
        };
        const [expected, actual] = [output(), output()];
        referenceBitKernels.binaryConv2dSum(terms, g, reading, {}, expected);
        const own = terms.map((term, i) =>
          c.terms[i].prepared ? { ...term, filter: native().prepareFilter(term.filter, g) } : term,
        );
        native().binaryConv2dSum(own, g, reading, {}, actual);
        expect(actual.y).toEqual(expected.y);
      }),
      { numRuns: 5 },
    );
  });

  test('a copied filter works wherever its panels lie', () => {
    const g = conv2dGeometry([1, 2, 2, 96], [1, 1, 96, 512]);
    const [x, filter] = [bits(4, 96, 1), bits(512, 96, 2)];
    const prepared = native().prepareFilter(filter, g);
    const results = [0, 1, 2, 5].map((shift) => {
      const panels = new Int32Array(prepared.panels.length + shift).subarray(shift);
      panels.set(prepared.panels);
      const y = new Int32Array(4 * 512);
      const term = { x, filter: { ...prepared, panels }, scale: null };
      native().binaryConv2dSum([term], g, { padValue: 0, levels: 'pm1' }, {}, { type: 'dots', y });
      return y;
    });
    for (const y of results) expect(y).toEqual(results[0]);
    expect(results[0].some((dot) => dot !== 0)).toBe(true);
  });

  describe('counts up to the largest', () => {
    // 96 inputs a chunk: one chunk, a carry that waits at the end, pairs of chunks, and the longest product whose count fits into 16 bits.
    test.each([1, 2, 3, 8, 341])('%i words of three', (chunks) => {
      const channels = 96 * chunks;
      const g = conv2dGeometry([1, 1, 3, channels], [1, 1, channels, 512]);
      const filter = bits(512, channels, chunks);
      filter.fill(-1, 0, 3 * chunks); // -1 against +1 and -1: no product and all products agree
      const x = bits(3, channels, 77);
      x.fill(0, 0, 3 * chunks);
      x.fill(-1, 3 * chunks, 6 * chunks);
      const [expected, actual] = [new Int32Array(3 * 512), new Int32Array(3 * 512)];
      const run = (kernels: Pick<BitKernels, 'prepareFilter' | 'binaryConv2dSum'>, y: Int32Array) =>
        kernels.binaryConv2dSum(
          [{ x, filter: kernels.prepareFilter(filter, g), scale: null }],
          g,
          { padValue: 0, levels: 'pm1' },
          {},
          { type: 'dots', y },
        );
      run(referenceBitKernels, expected);
      run(native(), actual);
      expect([actual[0], actual[512]]).toEqual([-channels, channels]);
      expect(actual).toEqual(expected);
    });
  });
});
