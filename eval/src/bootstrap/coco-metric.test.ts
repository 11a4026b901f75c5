import { Random } from '@onebit/common';
import { COCOeval } from 'cocoapi-js';
import { expect, test } from 'vitest';
import { bootstrapIntervals } from './bootstrap.js';
import { cocoMetrics } from './coco-metric.js';

type Box = [x: number, y: number, width: number, height: number];
const images = 12;

/** Random scenes; image i is there `copies[i]` times under ids that keep the order. Scores are all different but for the copies. */
function evaluationOf(copies: ArrayLike<number>): COCOeval {
  const random = new Random(5);
  const ids = Array.from(copies, (count, i) => Array.from({ length: count }, (_, copy) => 100 * i + copy));
  const categories = [1, 2].map((id) => ({ id, name: `c${id}` }));
  const [truths, detections]: Record<string, unknown>[][] = [[], []];
  const annotation = (image_id: number, category_id: number, bbox: Box, more: object) => {
    const list = 'score' in more ? detections : truths;
    list.push({ id: list.length + 1, image_id, category_id, bbox, area: bbox[2] * bbox[3], iscrowd: 0, ...more });
  };
  for (const ofImage of ids) {
    for (let k = random.int(5); k > 0; k--) {
      const box: Box = [random.int(80), random.int(80), 12 + random.int(90), 12 + random.int(90)];
      const [category, near, score] = [1 + random.int(2), box.map((x) => x + random.int(4)) as Box, random.next()];
      const stray = random.next();
      for (const id of ofImage) {
        annotation(id, category, box, {});
        annotation(id, category, near, { score });
        annotation(id, 3 - category, near, { score: stray });
      }
    }
  }
  const dataset = { images: ids.flat().map((id) => ({ id })), categories };
  const set = (annotations: unknown[]) =>
    ({ dataset: { ...dataset, annotations } }) as ConstructorParameters<typeof COCOeval>[0];
  const evaluation = new COCOeval(set(truths), set(detections), 'bbox');
  evaluation.evaluate();
  evaluation.accumulate();
  return evaluation;
}

const once = new Uint32Array(images).fill(1);

test('all weights 1 are the stats to the bit, with NaN for -1', () => {
  const evaluation = evaluationOf(once);
  const metrics = cocoMetrics(evaluation);
  expect(metrics.values()).toEqual(Array.from(evaluation.stats, (value) => (value === -1 ? Number.NaN : value)));
  expect(metrics.values(once)).toEqual(metrics.values());
});

test('a weight is that many copies of the image', () => {
  const metrics = cocoMetrics(evaluationOf(once));
  const random = new Random(6);
  for (let draw = 0; draw < 10; draw++) {
    const weights = Uint32Array.from(once, () => random.int(3));
    const [found, expected] = [metrics.values(weights), cocoMetrics(evaluationOf(weights)).values()];
    for (let i = 0; i < found.length; i++) {
      if (Number.isNaN(expected[i])) expect(found[i]).toBeNaN();
      else expect(found[i]).toBeCloseTo(expected[i], 10);
    }
  }
});

test('the twelve numbers have intervals from one set of draws', () => {
  const intervals = bootstrapIntervals(cocoMetrics(evaluationOf(once)), { seed: 1, samples: 200 });
  expect(intervals.slice(0, 2).map(({ name }) => name)).toEqual(['AP (COCO bbox)', 'AP50 (COCO bbox)']);
  for (const { low, high, value } of intervals.slice(0, 3)) expect(low < value && value < high).toBe(true);
});

test('the AP of each class is that of the evaluation, also in a draw', () => {
  const evaluation = evaluationOf(once);
  const metrics = cocoMetrics(evaluation, { perClass: true });
  expect(metrics.names.slice(12)).toEqual(['AP of c1 (COCO bbox)', 'AP of c2 (COCO bbox)']);
  const perClass = Array.from(metrics.values()).slice(12);
  expect(perClass).toEqual(evaluation.perCategory().map(({ AP }) => AP));
  const weights = Uint32Array.from(once, (_, i) => i % 3);
  const [mean, ...drawn] = [0, 12, 13].map((i) => metrics.values(weights)[i]);
  expect(mean).toBeCloseTo((drawn[0] + drawn[1]) / 2, 12);
});
