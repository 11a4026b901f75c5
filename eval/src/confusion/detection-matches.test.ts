import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxMatches, type ImageTruths, type ScoredDetection, vocMap } from '../index.js';

const box = (x: number) => [x, 0, x + 10, 10] as const;
const truths: ImageTruths[] = [
  {
    id: 'i',
    objects: [
      { box: box(0), label: 0 },
      { box: box(100), label: 1 },
      { box: box(200), label: 0, difficult: true },
    ],
  },
  { id: 'j', objects: [] },
];
const hit = (x: number, label: number, score: number, image = 'i'): ScoredDetection => ({
  image,
  box: box(x),
  label,
  score,
});

describe('confusion matrix of detections', () => {
  test('rows are objects, columns detections, the last of each is background', () => {
    const found = [hit(0, 0, 0.9), hit(100, 0, 0.8), hit(200, 0, 0.7), hit(50, 1, 0.6), hit(0, 1, 0.5, 'j')];
    const matches = boxMatches(truths, found, { classes: 2 });
    expect(matches.confusion(0)).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    expect(matches.confusion(0.85)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
  });

  test('an object goes to its own class before a better detection of another class', () => {
    const matches = boxMatches(truths, [hit(0, 1, 0.9), hit(0, 0, 0.4)], { classes: 2 });
    expect(matches.confusion(0)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
    ]);
    // Above the score of the right one, the wrong one has the object for itself.
    expect(matches.confusion(0.5)[0]).toEqual([0, 1, 0]);
  });

  test('the best score balances found and missed objects, and equal scores stay together', () => {
    const matches = boxMatches(truths, [hit(0, 0, 0.9), hit(100, 1, 0.3), hit(50, 0, 0.3), hit(60, 0, 0.2)], {
      classes: 2,
    });
    expect(matches.bestScore()).toBe(0.3);
    expect(boxMatches(truths, [], { classes: 2 }).bestScore()).toBe(1);
    expect(matches.scores()).toEqual({ found: [0.9, 0.3], wrong: [0.3, 0.2] });
  });
});

test('the diagonal is the number of true positives of VOC where objects do not overlap', () => {
  const scene = fc.array(fc.tuple(fc.nat(20), fc.nat(2), fc.nat(2), fc.integer({ min: 0, max: 99 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(scene, (places) => {
      const at = new Map(places.map(([place, label]) => [place, { box: box(place * 30), label }]));
      const images = [{ id: 'i', objects: [...at.values()] }];
      const found = places.map(([place, , label, score]) => hit(place * 30 + 1, label, score / 100));
      const matrix = boxMatches(images, found, { classes: 3 }).confusion(0);
      const { perClass } = vocMap(found, images, { classes: ['a', 'b', 'c'], metric: 'area' });
      for (const [label, { recall, truths: objects }] of perClass.entries()) {
        expect(matrix[label][label]).toBe(objects === 0 ? 0 : Math.round((recall.at(-1) ?? 0) * objects));
        expect(matrix[label].reduce((sum, count) => sum + count, 0)).toBe(objects);
      }
      expect(matrix.reduce((sum, row) => sum + row.slice(0, 3).reduce((a, b) => a + b, 0), 0)).toBe(found.length);
    }),
    { numRuns: 100 },
  );
});
