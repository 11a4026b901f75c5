import { describe, expect, test } from 'vitest';
import { useOfBatch } from './use-trace.js';

describe('useOfBatch', () => {
  test('follows each moment by itself: another one is the fullest for another batch', () => {
    // Early: activations, 10 a picture. Late: gradients, 40, and 1 a picture.
    const [small, large] = [
      { batch: 2, trace: [20, 42] },
      { batch: 3, trace: [30, 43] },
    ];
    expect(useOfBatch(small, large, 1)).toEqual({ fixed: 40, perPicture: 1, total: 41 });
    expect(useOfBatch(small, large, 8)).toEqual({ fixed: 0, perPicture: 10, total: 80 });
  });

  test('the batches need not be neighbours', () => {
    expect(useOfBatch({ batch: 2, trace: [9] }, { batch: 6, trace: [17] }, 10).total).toBe(25);
  });

  test('compares the fullest moments of steps that differ', () => {
    expect(useOfBatch({ batch: 1, trace: [1, 5, 2] }, { batch: 2, trace: [8, 1] }, 3).total).toBe(11);
  });
});
