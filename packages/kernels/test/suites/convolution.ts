import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conv2dGeometry, outputShape } from '../../src/geometry.js';
import { referenceBitKernels as reference } from '../../src/reference/bit-kernels.js';
import type { BinaryTerm, BitKernels } from '../../src/transform.js';
import { normals } from '../arbitraries.js';
import { bitGeometries, channelCounts, levelNames, outputs, readings, transforms } from '../bit-arbitraries.js';
import {
  type Candidate,
  expectSameBits,
  expectShapeError,
  oddNormals,
  outputPair,
  packedOperands,
  randomBits,
  sizeOf,
  thresholdAt,
  transformOf,
} from '../bit-operands.js';

type ConvolutionKernels = 'binaryConv2dSum' | 'prepareFilter' | 'binaryMatMul';

/** Convolutions with every transform and output, and matrix products. */
export function convolutionSuite(kernels: Candidate<ConvolutionKernels>): void {
  describe('binary convolution', () => {
    const termKinds = fc.array(fc.record({ prepared: fc.boolean(), scaled: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    });

    test('sums of terms, transforms and outputs equal the reference to the bit', () => {
      fc.assert(
        fc.property(
          bitGeometries,
          readings,
          termKinds,
          transforms,
          outputs,
          fc.nat(),
          (g, reading, kinds, transformKind, { type, levels, threshold: thresholdKind }, seed) => {
            const plain = type === 'dots';
            const terms = (plain ? [{ prepared: kinds[0].prepared, scaled: false }] : kinds).map((kind, i) => ({
              ...packedOperands(g, seed + 10 * i),
              scale: kind.scaled ? oddNormals(g.outChannels, seed + 10 * i + 2) : null,
            }));
            const candidates = terms.map((term, i): BinaryTerm => {
              return kinds[i].prepared ? { ...term, filter: kernels().prepareFilter(term.filter, g) } : term;
            });
            const transform = plain ? {} : transformOf(transformKind, g, seed + 100);
            const values = new Float32Array(sizeOf(outputShape(g)));
            if (!plain) reference.binaryConv2dSum(terms, g, reading, transform, { type: 'float32', y: values });
            const flips = thresholdKind === 'flipped';
            const threshold =
              thresholdKind === 'none' ? undefined : thresholdAt(values, g.outChannels, seed + 3, flips);
            const [expected, actual] = outputPair(type, g, { levels, threshold });
            reference.binaryConv2dSum(terms, g, reading, transform, expected);
            kernels().binaryConv2dSum(candidates, g, reading, transform, actual);
            expectSameBits(actual.y, expected.y);
          },
        ),
        { numRuns: 150 },
      );
    });

    test.for([
      ['a dot product of many words', [1, 2, 3, 1400], [3, 3, 1400, 40]],
      ['many pixels', [2, 23, 21, 40], [3, 3, 40, 20]],
      ['a layer of a network', [1, 14, 28, 128], [3, 3, 128, 128]],
    ] as const)('%s', ([, input, filter]) => {
      const g = conv2dGeometry(input, filter);
      const term = { ...packedOperands(g, 3), scale: normals(g.outChannels, 5) };
      for (const reading of [
        { padValue: 0, levels: 'pm1' },
        { padValue: -1, levels: 'zero-one' },
      ] as const) {
        const transform = { offset: normals(g.outChannels, 6) };
        const [expected, actual] = outputPair('float32', g, { levels: 'pm1' });
        reference.binaryConv2dSum([term], g, reading, transform, expected);
        kernels().binaryConv2dSum([term], g, reading, transform, actual);
        expectSameBits(actual.y, expected.y);
      }
    });

    test('matrix products equal the reference', () => {
      const rows = fc.constantFrom(0, 1, 2, 5, 13, 16, 33);
      const depths = fc.oneof(fc.constantFrom(...channelCounts), fc.constantFrom(1000, 2049));
      fc.assert(
        fc.property(rows, rows, depths, levelNames, fc.nat(), (m, n, depth, levels, seed) => {
          const [a, b] = [randomBits(m, depth, seed), randomBits(n, depth, seed + 1)];
          const [expected, actual] = [5, -7].map((v) => new Int32Array(m * n).fill(v));
          reference.binaryMatMul(a, b, expected, depth, levels);
          kernels().binaryMatMul(a, b, actual, depth, levels);
          expectSameBits(actual, expected);
        }),
        { numRuns: 60 },
      );
    });

    test('sub-arrays start where they start', () => {
      const g = conv2dGeometry([1, 1, 2, 2], [1, 1, 2, 1]);
      const buffer = Int32Array.of(9, 0b01, 0b00, 9, 0b10, 9, 8, 8, 9);
      const term = { x: buffer.subarray(1, 3), filter: buffer.subarray(4, 5), scale: null };
      const output = { type: 'dots', y: buffer.subarray(6, 8) } as const;
      kernels().binaryConv2dSum([term], g, { padValue: 0, levels: 'pm1' }, {}, output);
      expect([...buffer]).toEqual([9, 0b01, 0b00, 9, 0b10, 9, -2, 0, 9]);
    });
  });

  test('wrong arguments of binary convolutions throw before anything is written', () => {
    const k = kernels();
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 5]);
    const term = { ...packedOperands(g, 1), scale: null };
    const reading = { padValue: 0, levels: 'pm1' } as const;
    const float32 = { type: 'float32', y: new Float32Array(80).fill(9) } as const;
    const per = (length: number) => new Float32Array(length);
    type Call = Parameters<BitKernels['binaryConv2dSum']>;
    const bad = (change: { [I in 0 | 1 | 2 | 3 | 4]?: unknown }) => {
      const call = Object.assign([[term], g, reading, {}, float32], change) as unknown as Call;
      expectShapeError('binaryConv2dSum', () => k.binaryConv2dSum(...call));
    };
    bad({ 0: [] });
    bad({ 0: [{ ...term, x: term.x.subarray(1) }] });
    bad({ 0: [term, { ...term, filter: term.filter.subarray(1) }] });
    bad({ 0: [{ ...term, scale: per(4) }] });
    bad({ 0: [{ ...term, x: new Float32Array(term.x.length) }] });
    const detached = term.x.slice();
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    bad({ 0: [{ ...term, x: detached }] });
    bad({ 0: [{ ...term, filter: { ...k.prepareFilter(term.filter, g), groups: 3 } }] });
    bad({ 0: [{ ...term, filter: { ...k.prepareFilter(term.filter, g), panels: new Int32Array(3) } }] });
    for (const change of [
      { outHeight: 5 },
      { groups: 3 },
      { strideHeight: 0 },
      { padTop: -1 },
      { batch: 0.5 },
      { dilationWidth: Number.NaN },
      { inHeight: 2 ** 40 },
      { kernelWidth: 0 },
    ])
      bad({ 1: { ...g, ...change } });
    bad({ 2: { ...reading, padValue: 2 } });
    bad({ 2: { ...reading, padValue: Number.NaN } });
    bad({ 2: { ...reading, levels: 'pm2' } });
    bad({ 3: { offset: per(4) } });
    bad({ 3: { activation: { kind: 'prelu', slope: per(6) } } });
    bad({ 3: { activation: { kind: 'rprelu', slope: per(5), shiftIn: per(5), shiftOut: per(4) } } });
    bad({ 3: { activation: { kind: 'clip', low: Number.NaN, high: 1 } } });
    bad({ 3: { activation: { kind: 'relu7' } } });
    bad({ 3: { residual: { values: per(79), position: 'after' } } });
    bad({ 3: { residual: { values: per(80), position: 'between' } } });
    bad({ 4: { type: 'float32', y: per(79) } });
    bad({ 4: { type: 'dots', y: per(80) } });
    bad({ 4: { type: 'float64', y: per(80) } });
    bad({ 0: [term, term], 4: { type: 'dots', y: new Int32Array(80) } });
    bad({ 4: { type: 'int8', y: new Int8Array(80), inverseStep: Number.NaN, zeroPoint: 0 } });
    bad({ 4: { type: 'int8', y: new Int8Array(80), inverseStep: 1, zeroPoint: 128 } });
    bad({ 4: { type: 'bits', y: new Int32Array(15), levels: 'pm1' } });
    bad({ 4: { type: 'bits', y: new Int32Array(16), levels: 'pm1', threshold: { values: per(4) } } });
    bad({ 4: { type: 'bits', y: new Int32Array(16), levels: 'pm1', threshold: { values: per(5), flip: per(5) } } });
    expect(float32.y).toEqual(new Float32Array(80).fill(9));
    expectShapeError('prepareFilter', () => k.prepareFilter(term.filter.subarray(1), g));
    expectShapeError('binaryMatMul', () => k.binaryMatMul(term.x, term.x, new Int32Array(255), 33, 'pm1'));
    expectShapeError('binaryMatMul', () => k.binaryMatMul(term.x, term.x, new Int32Array(256), 0, 'pm1'));
  });
}
