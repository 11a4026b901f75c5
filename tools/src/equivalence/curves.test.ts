import { describe, expect, test } from 'vitest';
import { firstDifference, relativeDifferences } from './curves.js';

describe('curves', () => {
  const reference = [
    [1, 2],
    [2, 1],
    [3, 0.5],
  ] as const;

  test('the first step that differs, relative to the reference', () => {
    const curve = [
      [1, 2],
      [2, 1.0005],
      [3, 0.502],
      [4, 9],
    ] as const;
    expect(firstDifference(curve, reference, 1e-3)).toBe(3);
    expect(firstDifference(reference, reference, 0)).toBeUndefined();
    const differences = relativeDifferences(curve, reference);
    expect(differences.map(([step]) => step)).toEqual([2, 3]);
    expect(differences[1][1]).toBeCloseTo(0.004, 6);
  });
});
