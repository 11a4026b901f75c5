import type { VocMapResult } from '@onebit/eval';
import { vocMap } from '@onebit/eval';
import { describe, expect, test } from 'vitest';
import { bestThreshold } from './threshold.js';

const box = [0, 0, 10, 10] as const;
const object = { box, label: 0, difficult: false, crowd: false };

/** Result for one object of class `a` in each picture; `hits` and `misses` are scores of right and wrong detections, one for each picture. */
function resultOf(pictures: number, hits: readonly number[], misses: readonly number[] = []): VocMapResult {
  const found = [
    ...hits.map((score, i) => ({ image: String(i), label: 0, score, box })),
    ...misses.map((score) => ({ image: '0', label: 1, score, box: [20, 20, 30, 30] as const })),
  ];
  const truths = Array.from({ length: pictures }, (_, i) => ({ id: String(i), objects: [object] }));
  return vocMap(found, truths, { classes: ['a', 'b'], metric: 'area', iou: 0.5 });
}

describe('bestThreshold', () => {
  test('draws everything when everything is right', () => {
    expect(bestThreshold(resultOf(3, [0.9, 0.5, 0.2]))).toBe(0.2);
  });

  test('stops before the false alarms', () => {
    expect(bestThreshold(resultOf(3, [0.9, 0.5], [0.4, 0.3, 0.2]))).toBe(0.5);
  });

  test('bears a false alarm for a find that is worth it', () => {
    // F1 of {0.9}: 2 / 4; of {0.9, 0.8 wrong}: 2 / 5; of {0.9, 0.8 wrong, 0.7, 0.6}: 6 / 7.
    expect(bestThreshold(resultOf(3, [0.9, 0.7, 0.6], [0.8]))).toBe(0.6);
  });

  test('draws all or none of equal scores', () => {
    // The right one alone would be 1, but the wrong one has its score: 2 / 3 for both.
    expect(bestThreshold(resultOf(2, [0.9, 0.5], [0.5, 0.5, 0.5]))).toBe(0.9);
  });

  test('is 1, more than any score, when nothing was found', () => {
    expect(bestThreshold(resultOf(3, []))).toBe(1);
    expect(bestThreshold(resultOf(3, [], [0.7]))).toBe(1);
  });
});
