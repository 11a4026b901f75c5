import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, type PadValue } from '../src/geometry.js';
import type { Levels } from '../src/native/binary.js';
import { binaryConv2d } from '../src/reference/binary-conv2d.js';
import { packBits, packFilter } from '../src/reference/pack-bits.js';
import { geometries, normals } from './arbitraries.js';
import { eachKernelSet } from './kernel-sets.js';
import { convolutionSuite } from './suites/convolution.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const padValues = fc.constantFrom<PadValue>(0, 1, -1);
const levelNames = fc.constantFrom<Levels>('pm1', 'zero-one');

/** Operands and the exact result. */
function caseOf(g: Conv2dGeometry, padValue: PadValue, levels: Levels, seed: number) {
  const x = normals(sizeOf(inputShape(g)), seed);
  const w = normals(sizeOf(filterShape(g)), seed + 1);
  const xWords = packBits(x, g.inChannels, levels);
  const wWords = packFilter(w, g.kernelHeight * g.kernelWidth, g.inChannels / g.groups, g.outChannels);
  return { x, w, xWords, wWords, expected: binaryConv2d(xWords, wWords, g, padValue, levels) };
}

eachKernelSet('binary kernels', (native) => {
  convolutionSuite(native);

  test('convolution equals the reference exactly, packed and from floats', () => {
    fc.assert(
      fc.property(
        geometries([1, 31, 32, 33, 63, 65, 130]),
        padValues,
        levelNames,
        fc.nat(),
        fc.boolean(),
        (g, padValue, levels, seed, scaled) => {
          const { x, w, xWords, wWords, expected } = caseOf(g, padValue, levels, seed);
          const y = new Int32Array(expected.length).fill(0x7fffffff);
          native().binaryConv2d(xWords, wWords, y, g, padValue, levels);
          expect(y).toEqual(expected);
          const scale = scaled ? normals(g.outChannels, seed + 2) : null;
          const floats = new Float32Array(expected.length).fill(Number.NaN);
          native().binaryConv2dFloat(x, w, scale, floats, g, padValue, levels);
          // One rounding: the product of the exact dot product and the factor.
          const factor = (i: number) => scale?.[i % g.outChannels] ?? 1;
          const wrong = floats.findIndex(
            (v, i) => v !== Math.fround(expected[i] * factor(i)) + 0 && !(v === 0 && expected[i] === 0),
          );
          expect(wrong).toBe(-1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.for([
    ['a dot product longer than one block of depth', [1, 2, 3, 1400], [3, 3, 1400, 40]],
    ['many pixels', [2, 23, 21, 40], [3, 3, 40, 20]],
  ] as const)('%s', ([, input, filter]) => {
    const g = conv2dGeometry(input, filter, { strides: 1 });
    for (const [padValue, levels] of [
      [0, 'pm1'],
      [-1, 'zero-one'],
    ] as const) {
      const { x, w, xWords, wWords, expected } = caseOf(g, padValue, levels, 3);
      const y = new Int32Array(expected.length);
      native().binaryConv2d(xWords, wWords, y, g, padValue, levels);
      expect(Buffer.from(y.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      const floats = new Float32Array(expected.length);
      native().binaryConv2dFloat(x, w, null, floats, g, padValue, levels);
      expect(floats.every((v, i) => v === expected[i])).toBe(true);
    }
  });

  test('wrong arguments throw before anything is touched', () => {
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 5]);
    const { x, w, xWords, wWords, expected } = caseOf(g, 0, 'pm1', 1);
    const y = new Int32Array(expected.length);
    const f = new Float32Array(expected.length);
    const n = native();
    expect(() => n.binaryConv2d(xWords.subarray(1), wWords, y, g, 0, 'pm1')).toThrow('x must have length 32, got 31');
    expect(() => n.binaryConv2d(xWords, wWords.subarray(1), y, g, 0, 'pm1')).toThrow(
      'filter must have length 90, got 89',
    );
    expect(() => n.binaryConv2d(xWords, wWords, y.subarray(1), g, 0, 'pm1')).toThrow('y must have length 80, got 79');
    expect(() => n.binaryConv2d(xWords, wWords, y, g, 2 as PadValue, 'pm1')).toThrow(
      'padValue must be an integer in [-1, 1]',
    );
    expect(() => n.binaryConv2d(xWords, wWords, y, g, 0, 'pm2' as Levels)).toThrow(
      "levels must be 'pm1' or 'zero-one', got 'pm2'",
    );
    expect(() => n.binaryConv2dFloat(x.subarray(1), w, null, f, g, 0, 'pm1')).toThrow(
      'x must have length 528, got 527',
    );
    expect(() => n.binaryConv2dFloat(x, w, f, f, g, 0, 'pm1')).toThrow('scale must have length 5, got 80');
  });
});
