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

  test('refuses traces of different steps', () => {
    expect(() => useOfBatch({ batch: 1, trace: [1] }, { batch: 2, trace: [1, 2] }, 3)).toThrow(
      'batches of 1 and 2 must make equally many tensors, got 1 and 2',
    );
  });
});
