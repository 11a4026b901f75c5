import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestF1, type ImageTruths, pointAtScore, type ScoredDetection, vocMap } from './index.js';

const truths: ImageTruths[] = [
  {
    id: 'i',
    objects: [0, 20, 40].map((x) => ({ box: [x, 0, x + 10, 10], label: 0 })),
  },
];
const detection = (x: number, score: number): ScoredDetection => ({
  image: 'i',
  box: [x, 0, x + 10, 10],
  label: 0,
  score,
});
const curveOf = (detections: ScoredDetection[], of = truths) =>
  vocMap(detections, of, { classes: ['a'], metric: 'area' }).perClass[0];

test('precision, recall and F1 at a score count the detections that reach it', () => {
  const curve = curveOf([detection(0, 0.9), detection(100, 0.8), detection(20, 0.8), detection(200, 0.1)]);
  expect(pointAtScore(curve, 0.9)).toEqual({ score: 0.9, precision: 1, recall: 1 / 3, f1: 0.5 });
  expect(pointAtScore(curve, 0.5)).toEqual({ score: 0.5, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
  expect(pointAtScore(curve, 0)).toMatchObject({ precision: 0.5, recall: 2 / 3 });
  expect(pointAtScore(curve, 1)).toEqual({ score: 1, precision: 1, recall: 0, f1: 0 });
  expect(() => pointAtScore(curve, Number.NaN)).toThrow(/must be a number/);
  expect(bestF1(curve)).toEqual({ score: 0.8, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
});

test('a class without objects or detections has no best cut', () => {
  expect(bestF1(curveOf([]))).toBeUndefined();
  const empty = curveOf([detection(0, 0.5)], [{ id: 'i', objects: [] }]);
  expect(bestF1(empty)).toBeUndefined();
  expect(pointAtScore(empty, 0.1).recall).toBeNaN();
});

test('no score is better than the best', () => {
  const detections = fc.array(fc.tuple(fc.constantFrom(0, 20, 40, 100), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(detections, fc.integer({ min: 0, max: 9 }), (rows, score) => {
      const curve = curveOf(rows.map(([x, s]) => detection(x, s)));
      expect(pointAtScore(curve, score).f1).toBeLessThanOrEqual(bestF1(curve)!.f1);
      expect(pointAtScore(curve, bestF1(curve)!.score)).toEqual(bestF1(curve));
    }),
  );
});
