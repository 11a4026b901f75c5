import { describe, expect, test } from 'vitest';
import { halfInterval, pairedDifference, spreadOf } from './spread.js';

describe('spread over seeds', () => {
  test('mean and sample deviation', () => {
    expect(spreadOf([1, 2, 3])).toEqual({ values: [1, 2, 3], mean: 2, deviation: 1 });
    expect(spreadOf([5]).deviation).toBe(0);
    expect(halfInterval(spreadOf([1, 2, 3]))).toBeCloseTo(2.4843, 3);
    expect(halfInterval(spreadOf([5]))).toBeNaN();
  });

  test('the paired interval of three seeds by Student’s t', () => {
    // Differences 1, 2, 3: mean 2, deviation 1, 4.303 / sqrt(3).
    const paired = pairedDifference([11, 22, 33], [10, 20, 30]);
    expect(paired.mean).toBe(2);
    expect(paired.resolution).toBeCloseTo(2.4843, 3);
    expect(paired.interval[0]).toBeCloseTo(-0.4843, 3);
    expect(paired.interval[1]).toBeCloseTo(4.4843, 3);
    expect(() => pairedDifference([1], [1])).toThrow('2 to 10 pairs');
    expect(() => pairedDifference([1, 2], [1, 2, 3])).toThrow(RangeError);
  });
});
