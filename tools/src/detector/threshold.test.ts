import { type ImageTruths, type ScoredDetection, vocMap } from '@onebit/eval';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestThreshold } from './threshold.js';

const box = (x: number) => [x, 0, x + 10, 10] as const;
const options = { classes: ['a', 'b'], metric: 'area' } as const;

describe('bestThreshold', () => {
  test('is where adding lower scores stops helping', () => {
    const truths: ImageTruths[] = [{ id: 'p', objects: [0, 20, 40].map((x) => ({ box: box(x), label: 0 })) }];
    const at = (x: number, score: number): ScoredDetection => ({ image: 'p', box: box(x), label: 0, score });
    // Two hits, a miss, a late hit: F1 = 2/4, 4/5, 4/6, 6/7, then only misses.
    const found = [at(0, 0.9), at(20, 0.8), at(100, 0.7), at(40, 0.6), at(200, 0.5)];
    expect(bestThreshold(vocMap(found, truths, options))).toBe(0.6);
  });

  test('draws nothing where nothing was found', () => {
    const truths: ImageTruths[] = [{ id: 'p', objects: [{ box: box(0), label: 1 }] }];
    expect(bestThreshold(vocMap([], truths, options))).toBe(1);
  });

  test('is the best of all thresholds, by trying each', () => {
    const detection = fc.record({
      image: fc.constant('p'),
      label: fc.nat(1),
      x: fc.nat(5),
      rank: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(
        fc.array(detection, { maxLength: 12 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
        (found, objects) => {
          const truths = [{ id: 'p', objects: objects.map((x, i) => ({ box: box(x * 20), label: i % 2 })) }];
          const detections = found.map(({ x, rank, ...rest }) => ({ ...rest, box: box(x * 20), score: rank / 8 }));
          const f1 = (threshold: number) => {
            const kept = detections.filter(({ score }) => score >= threshold);
            const { perClass } = vocMap(kept, truths, options);
            const hits = perClass.reduce(
              (sum, { recall, truths: n }) => sum + (n > 0 ? (recall.at(-1) ?? 0) * n : 0),
              0,
            );
            return (2 * hits) / (kept.length + objects.length);
          };
          const chosen = f1(bestThreshold(vocMap(detections, truths, options)));
          for (const { score } of detections) expect(chosen).toBeGreaterThanOrEqual(f1(score) - 1e-12);
        },
      ),
    );
  });
});
