import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Conv2dGeometry,
  conv2dGeometry,
  filterShape,
  inputShape,
  outputShape,
  type PadValue,
} from '../src/geometry.js';
import type { Levels } from '../src/native/binary.js';
import { binaryConv2d } from '../src/reference/binary-conv2d.js';
import { packBits, packFilter } from '../src/reference/pack-bits.js';
import type { PreparedFilter } from '../src/transform.js';
import { geometries, normals } from './arbitraries.js';
import { expectSameBits, outputPair, packedOperands, sizeOf, transformOf } from './bit-operands.js';
import { eachKernelSet } from './kernel-sets.js';
import { convolutionSuite } from './suites/convolution.js';

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

  test('the number of threads changes no bit', () => {
    const outputs = ['float32', 'int8', 'bits'] as const;
    for (const [input, filter, options] of [
      [[1, 7, 7, 96], [3, 3, 96, 200], {}],
      [[2, 30, 31, 40], [3, 3, 20, 66], { groups: 2, strides: 2 }],
      [[1, 1, 500, 64], [1, 1, 64, 40], {}],
    ] as const) {
      const g = conv2dGeometry(input, filter, options);
      const term = { ...packedOperands(g, 7), scale: normals(g.outChannels, 8) };
      const transform = transformOf({ offset: true, activation: 'rprelu', residual: 'after' }, g, 9);
      for (const type of outputs) {
        const results = [1, 2, 3].map((threads) => {
          native().setThreads(threads);
          const [output] = outputPair(type, g, { levels: 'pm1' });
          native().binaryConv2dSum([term], g, { padValue: 0, levels: 'pm1' }, transform, output);
          return output.y;
        });
        for (const result of results) expectSameBits(result, results[0]);
      }
    }
    native().setThreads(2);
  });

  test('pads and dilations far beyond the image cost no memory', () => {
    const step = 2 ** 20;
    for (const padding of [step, { top: step, bottom: 0, left: 3, right: step }] as const) {
      const dilations = typeof padding === 'number' ? ([step, step] as const) : ([step, 2] as const);
      const g = conv2dGeometry([1, 2, 1, 33], [2, 2, 33, 3], { padding, dilations, strides: step });
      const { x, filter } = packedOperands(g, 1);
      const y = new Int32Array(sizeOf(outputShape(g)));
      native().binaryConv2d(x, filter, y, g, -1, 'pm1');
      expectSameBits(y, binaryConv2d(x, filter, g, -1, 'pm1'));
    }
  });

  test('a prepared filter works from a copy, for its kernel set and its shape alone', () => {
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 5]);
    const { x, filter } = packedOperands(g, 1);
    const prepared = native().prepareFilter(filter, g);
    const dots = (used: PreparedFilter) => {
      const y = new Int32Array(80);
      native().binaryConv2dSum([{ x, filter: used, scale: null }], g, reading, {}, { type: 'dots', y });
      return y;
    };
    const reading = { padValue: 0, levels: 'pm1' } as const;
    // A copy may begin anywhere, not at a cache line.
    const panels = new Int32Array(prepared.panels.length + 1).subarray(1);
    panels.set(prepared.panels);
    expectSameBits(dots({ ...prepared, panels }), binaryConv2d(x, filter, g, 0));
    expect(() => dots({ ...prepared, kernelSet: 'reference' })).toThrow(
      `terms[0].filter must be prepared for ${native().kernelSet}, got one prepared for reference`,
    );
    expect(() => dots({ ...prepared, shape: [5, 9, 1, 33] })).toThrow(
      'terms[0].filter must be prepared for [5, 3, 3, 33] and 1 group(s), got [5, 9, 1, 33] and 1',
    );
    expect(() => dots({ ...prepared, panels: panels.subarray(1) })).toThrow('terms[0].filter must have length');
  });

  test('a detached buffer is an array that is too short', () => {
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 5]);
    const { x, filter } = packedOperands(g, 1);
    const y = new Int32Array(80);
    structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] });
    expect(() => native().binaryConv2d(x, filter, y, g, 0, 'pm1')).toThrow('x must have length 32, got 0');
    structuredClone(y.buffer, { transfer: [y.buffer as ArrayBuffer] });
    const output = { type: 'dots', y } as const;
    const term = { ...packedOperands(g, 1), scale: null };
    expect(() => native().binaryConv2dSum([term], g, { padValue: 0, levels: 'pm1' }, {}, output)).toThrow(
      'y must have length 80, got 0',
    );
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
