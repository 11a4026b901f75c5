import { Random } from '@onebit/common';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapDifferences } from './bootstrap.js';
import { compareRuns, holmAdjusted } from './compare-runs.js';
import type { ImageMetrics } from './image-metric.js';

test('the smallest of n p-values is taken n times, the next n - 1 times, and the order stays', () => {
  expect(holmAdjusted([0.04, 0.01, Number.NaN, 0.03])).toEqual([0.06, 0.03, Number.NaN, 0.06]);
  expect(holmAdjusted([0.9, 0.8])).toEqual([1, 1]);
  expect(holmAdjusted([])).toEqual([]);
});

test('corrected p-values lie between the plain and the Bonferroni ones', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (pValues) => {
      for (const [i, p] of holmAdjusted(pValues).entries()) {
        expect(p).toBeGreaterThanOrEqual(pValues[i]);
        expect(p).toBeLessThanOrEqual(Math.min(1, pValues[i] * pValues.length));
      }
    }),
  );
});

/** Means of the columns of a table [images, metrics]. */
function meansOf(rows: readonly number[][]): ImageMetrics {
  const values = (weights?: Uint32Array) =>
    rows[0].map((_, k) => {
      const sum = rows.reduce((total, row, i) => total + row[k] * (weights?.[i] ?? 1), 0);
      return sum / rows.length;
    });
  return { names: rows[0].map((_, k) => `m${k}`), images: rows.length, values };
}

test('the table judges what was planned by itself and the rest together', () => {
  const random = new Random(2);
  const b = Array.from({ length: 60 }, () => Array.from({ length: 12 }, () => random.normal()));
  // The first and the second metric are better, the third worse by as much, the others are alike.
  const shift = [0.5, 0.5, -0.5];
  const a = b.map((row) => row.map((x, k) => x + (shift[k] ?? 0) + 0.4 * random.normal()));
  const table = compareRuns(meansOf(a), meansOf(b), { seed: 1, samples: 500 });
  expect(table.slice(0, 3).map(({ verdict }) => verdict)).toEqual(['higher', 'higher', 'lower']);
  expect(table.slice(3).every(({ verdict }) => verdict === 'no difference shown')).toBe(true);
  expect(table[0].adjustedPValue).toBe(table[0].pValue);
  expect(table[1].adjustedPValue).toBeCloseTo(11 * table[1].pValue, 12);
  expect(table).toMatchObject(bootstrapDifferences(meansOf(a), meansOf(b), { seed: 1, samples: 500 }));
  expect(() => compareRuns(meansOf(a), meansOf(b), { seed: 1, planned: -1 })).toThrow('planned');
});
