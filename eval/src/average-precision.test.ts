import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areaAp, elevenPointAp } from './average-precision.js';

describe('average precision', () => {
  test('a perfect ranking has AP 1 under both metrics', () => {
    expect(elevenPointAp([0.5, 1], [1, 1])).toBeCloseTo(1, 12);
    expect(areaAp([0.5, 1], [1, 1])).toBe(1);
  });

  test('a recall of exactly 0.6 does not reach the seventh of the eleven points', () => {
    expect(elevenPointAp([0.6], [1])).toBeCloseTo(6 / 11, 12);
    expect(elevenPointAp([0.6000000000000001], [1])).toBeCloseTo(7 / 11, 12);
  });

  test('the area uses the envelope from the right', () => {
    // tp fp tp over 2 objects: precision 1, 1/2, 2/3 -> envelope 1, 2/3, 2/3.
    expect(areaAp([0.5, 0.5, 1], [1, 0.5, 2 / 3])).toBeCloseTo(0.5 + 0.5 * (2 / 3), 15);
  });

  test('an empty curve has AP 0; a class without objects has area NaN', () => {
    expect([elevenPointAp([], []), areaAp([], [])]).toEqual([0, 0]);
    expect(elevenPointAp([Number.NaN], [0])).toBe(0);
    expect(areaAp([Number.NaN], [0])).toBeNaN();
  });

  test('both metrics stay in [0, 1] and the area equals a direct integration', () => {
    const outcome = fc.array(fc.boolean(), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(outcome, fc.integer({ min: 0, max: 20 }), (hits, missed) => {
        const objects = hits.filter(Boolean).length + missed;
        fc.pre(objects > 0);
        let found = 0;
        const precision = hits.map((hit, i) => {
          found += hit ? 1 : 0;
          return found / (i + 1);
        });
        found = 0;
        const recall = hits.map((hit) => {
          found += hit ? 1 : 0;
          return found / objects;
        });
        let direct = 0;
        hits.forEach((hit, i) => {
          if (hit) direct += Math.max(...precision.slice(i)) / objects;
        });
        expect(areaAp(recall, precision)).toBeCloseTo(direct, 10);
        const eleven = elevenPointAp(recall, precision);
        expect(eleven >= 0 && eleven <= 1 + 1e-12).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
