import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pairwiseMean, pairwiseSum } from './pairwise-sum.js';

test('the sum equals the exact sum of integers for every length', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 1200 }), (values) => {
      expect(pairwiseSum(values) + 0).toBe(values.reduce((sum, x) => sum + x, 0) + 0);
    }),
    { numRuns: 50 },
  );
});

test('from 8 numbers on, eight running sums are kept', () => {
  // Left to right, 2^53 + 1 loses the 1 each time; in the running sums seven ones meet before they meet 2^53.
  const values = [2 ** 53, 1, 1, 1, 1, 1, 1, 1];
  expect(values.reduce((sum, x) => sum + x)).toBe(2 ** 53);
  expect(pairwiseSum(values)).toBe(2 ** 53 + 6);
});

test('above 128 numbers the halves are summed first', () => {
  const values = Array.from({ length: 300 }, () => 1);
  values[0] = 2 ** 53;
  // Parts of 144 and 156, the first split again at 72: 2^53 swallows the 8 ones of its own running sum, and one by rounding, not 37.
  expect(pairwiseSum(values)).toBe(2 ** 53 + (299 - 8 - 1));
  expect(pairwiseSum(values)).toBe(pairwiseSum(values.slice(0, 144)) + pairwiseSum(values.slice(144)));
});

test('the mean of nothing is NaN', () => {
  expect(pairwiseMean([])).toBeNaN();
});
