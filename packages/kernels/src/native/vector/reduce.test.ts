import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../reference/vector/indexing.js';
import { loadNative, nativeReport } from '../load.js';
import type { ReduceOp } from './reduce.js';
import { compareWithReference, randomFloats, randomInts, unwritten, withEverySet } from './testing.js';

const ops: ReduceOp[] = ['sum', 'mean', 'max', 'min', 'prod'];
// Sums of n normal values: what float32 runs of 64 leave, against the float64 reference.
const tolerance = { relative: 2e-6, absolute: 2e-5 };

const reduction = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 5 }), fc.integer({ min: 1, max: 70 }), fc.nat())
  .map(([outer, inner, seed]) => {
    const shape = [...outer, inner];
    const axes = shape.map((_, k) => k).filter((k) => (seed >>> k) & 1);
    const outputs = sizeOf(shape.filter((_, k) => !axes.includes(k)));
    return { shape, axes, outputs, seed };
  });

describe.skipIf(!nativeReport().available)('reductions', () => {
  test.each(ops)('%s over any axes equals the reference', (op) => {
    fc.assert(
      fc.property(reduction, ({ shape, axes, outputs, seed }) => {
        const x = randomFloats(sizeOf(shape), seed);
        compareWithReference((kernels, y) => kernels.reduce(op, x, shape, axes, y), [unwritten(outputs)], tolerance);
        if (op === 'mean') return;
        const ints = randomInts(x.length, seed, -9, 10);
        compareWithReference((kernels, y) => kernels.reduce(op, ints, shape, axes, y), [new Int32Array(outputs)]);
      }),
      { numRuns: 20 },
    );
  });

  test.each<[string, number[], number[]]>([
    ['all', [100_001], [0]],
    ['rows', [50, 3001], [1]],
    ['long rows', [2, 40_000], [1]],
    ['columns', [1500, 65], [0]],
    ['many columns', [9, 9001], [0]],
    ['middle', [8, 100, 130], [1]],
    ['alternating', [30, 20, 20, 7], [0, 2]],
    ['batch and space', [4, 20, 30, 63], [0, 1, 2]],
  ])('large reductions in blocks: %s', (_, shape, axes) => {
    const x = randomFloats(sizeOf(shape), 1);
    const outputs = sizeOf(shape.filter((_, k) => !axes.includes(k)));
    for (const op of ['sum', 'mean', 'max', 'min'] as const) {
      // Up to 100,000 terms of size 1: the sum's error stays near 1e-7 of the sum of magnitudes of one run of 64.
      compareWithReference((kernels, y) => kernels.reduce(op, x, shape, axes, y), [unwritten(outputs)], {
        relative: 1e-6,
        absolute: 2e-3,
      });
    }
    const ints = randomInts(x.length, 2, -5, 6);
    for (const op of ['sum', 'max', 'prod'] as const) {
      compareWithReference((kernels, y) => kernels.reduce(op, ints, shape, axes, y), [new Int32Array(outputs)]);
    }
  });

  test('a sum keeps its accuracy over a million equal terms', () => {
    const x = new Float32Array(1_000_003).fill(0.1);
    const exact = x[0] * x.length;
    withEverySet((kernels, label) => {
      const y = new Float32Array(1);
      kernels.reduce('sum', x, [x.length], [0], y);
      expect(Math.abs(y[0] - exact) / exact, label).toBeLessThan(2e-6);
    });
  });

  test('results do not depend on the number of threads', () => {
    const x = randomFloats(300_000, 1);
    const bySet = new Map<string, Float32Array>();
    withEverySet((kernels, label) => {
      const y = new Float32Array(30);
      kernels.reduce('sum', x, [10_000, 30], [0], y);
      const set = label.split(',')[0];
      if (bySet.has(set)) expect(y).toEqual(bySet.get(set));
      bySet.set(set, y);
    });
    expect(bySet.size).toBeGreaterThan(0);
  });

  test('max and min of a NaN are NaN; of infinities infinite', () => {
    const values = [1, Number.NaN, 3, 4, ...Array.from({ length: 100 }, (_, i) => i)];
    withEverySet((kernels) => {
      for (const op of ['max', 'min'] as const) {
        const y = new Float32Array(1);
        kernels.reduce(op, Float32Array.from(values), [values.length], [0], y);
        expect(y[0]).toBeNaN();
        const columns = new Float32Array(2);
        kernels.reduce(op, Float32Array.from(values), [values.length / 2, 2], [0], columns);
        expect([...columns]).toEqual([op === 'max' ? 98 : 0, Number.NaN]);
      }
      const y = new Float32Array(1);
      kernels.reduce('max', new Float32Array(70).fill(Number.NEGATIVE_INFINITY), [70], [0], y);
      expect(y[0]).toBe(Number.NEGATIVE_INFINITY);
    });
  });

  test('any, all, argMax and argMin over any axis equal the reference', () => {
    fc.assert(
      fc.property(reduction, ({ shape, axes, outputs, seed }) => {
        const bools = Uint8Array.from(randomInts(sizeOf(shape), seed, 0, 2));
        for (const op of ['any', 'all'] as const) {
          compareWithReference(
            (kernels, y) => kernels.reduceBool(op, bools, shape, axes, y),
            [new Uint8Array(outputs)],
          );
        }
        const axis = seed % shape.length;
        const kept = sizeOf(shape.filter((_, k) => k !== axis));
        if (shape[axis] === 0) return;
        // Few different values: ties are what matters.
        const ints = randomInts(sizeOf(shape), seed, 0, 4);
        for (const x of [ints, Float32Array.from(ints)]) {
          for (const op of ['max', 'min'] as const) {
            compareWithReference(
              (kernels, y) => kernels.argReduce(op, x, shape, axis, y),
              [new Int32Array(kept).fill(-1)],
            );
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('sum of squares over arrays, huge and tiny values included', () => {
    const arrays = [
      randomFloats(100_003, 1),
      new Float32Array(0),
      Float32Array.of(3e38, -3e38),
      new Float32Array(2000).fill(1e-25),
      randomFloats(17, 2),
    ];
    const exact = arrays.map((x) => x.reduce((sum, value) => sum + value * value, 0));
    withEverySet((kernels) => {
      arrays.forEach((x, k) => {
        expect(Math.abs(kernels.sumOfSquares([x]) - exact[k])).toBeLessThanOrEqual(1e-6 * exact[k]);
      });
      expect(kernels.sumOfSquares([arrays[0], arrays[4]])).toBeCloseTo(exact[0] + exact[4], 0);
      expect(kernels.sumOfSquares([])).toBe(0);
      expect(kernels.sumOfSquares([Float32Array.of(1, Number.NaN)])).toBeNaN();
    });
  });

  test.each([0, 1, 4095, 40_000, 99_999])('allFinite sees one bad value at %i', (at) => {
    withEverySet((kernels) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const x = randomFloats(100_000, 1);
        expect(kernels.allFinite(x)).toBe(true);
        x[at] = bad;
        expect(kernels.allFinite(x)).toBe(false);
      }
    });
  });

  test('axes, sizes and types are checked', () => {
    const kernels = loadNative();
    const x = new Float32Array(6);
    expect(() => kernels.reduce('sum', x, [2, 3], [2], new Float32Array(6))).toThrow(/different dimensions/);
    expect(() => kernels.reduce('sum', x, [2, 3], [1, 1], new Float32Array(2))).toThrow(/different dimensions/);
    expect(() => kernels.reduce('sum', x, [2, 3], [1], new Float32Array(3))).toThrow(/length 2, got 3/);
    expect(() => kernels.reduce('mean', new Int32Array(6), [6], [0], new Int32Array(1))).toThrow(/all but mean/);
    expect(() => kernels.argReduce('max', x, [2, 0], 1, new Int32Array(2))).toThrow(/length of shape/);
    expect(() => kernels.argReduce('max', new Float32Array(0), [2, 0], 1, new Int32Array(2))).toThrow(/axis must hold/);
    expect(() => kernels.sumOfSquares([new Int32Array(2) as unknown as Float32Array])).toThrow(/Float32Arrays/);
  });
});
