import { Random } from '@onebit/common';
import { expect, test } from 'vitest';
import { VocEvaluator, type VocMapOptions } from '../voc-map.js';
import type { Box } from '../voc-rules.js';
import { bootstrapIntervals } from './bootstrap.js';
import { vocMetrics } from './voc-metric.js';

const classes = ['a', 'b', 'c'];

/** Random scenes; image i is added `copies[i]` times under different ids. Scores are all different but for the copies. */
function evaluatorOf(copies: ArrayLike<number>, options: Partial<VocMapOptions> = {}): VocEvaluator {
  const random = new Random(3);
  const evaluator = new VocEvaluator({ classes, metric: 'area', ...options });
  for (let i = 0; i < copies.length; i++) {
    const place = (): Box => {
      const [x, y] = [random.int(40), random.int(40)];
      return [x, y, x + 10 + random.int(10), y + 10 + random.int(10)];
    };
    const objects = Array.from({ length: random.int(5) }, () => ({
      box: place(),
      label: random.int(3),
      difficult: random.chance(0.2),
    }));
    const detections = Array.from({ length: random.int(12) }, () => {
      const near =
        random.chance(0.6) && objects.length > 0 ? random.pick(objects) : { box: place(), label: random.int(3) };
      const box = near.box.map((x) => x + random.int(4)) as unknown as Box;
      return { box, label: near.label, score: random.next() };
    });
    for (let copy = 0; copy < copies[i]; copy++) {
      evaluator.addImage(`${i}.${copy}`, objects);
      evaluator.addDetections(`${i}.${copy}`, detections);
    }
  }
  return evaluator;
}

const once = new Uint32Array(25).fill(1);

test.each(['11-point', 'area'] as const)('%s: all weights 1 are the metric to the bit', (metric) => {
  const evaluator = evaluatorOf(once, { metric });
  const metrics = vocMetrics(evaluator);
  const { mAP, perClass } = evaluator.result();
  expect(metrics.values(once)).toEqual(metrics.values());
  expect(metrics.values()).toEqual([mAP, ...perClass.map(({ ap }) => ap)]);
  expect(evaluator.result(once)).toEqual(evaluator.result());
});

test.each(['11-point', 'area'] as const)('%s: a weight is that many copies of the image', (metric) => {
  const metrics = vocMetrics(evaluatorOf(once, { metric }));
  const random = new Random(8);
  for (let draw = 0; draw < 20; draw++) {
    const weights = Uint32Array.from(once, () => random.int(4));
    const found = metrics.values(weights);
    const { mAP, perClass } = evaluatorOf(weights, { metric }).result();
    for (const [i, ap] of [mAP, ...perClass.map((result) => result.ap)].entries()) expect(found[i]).toBeCloseTo(ap, 12);
  }
});

test('the images carry their ids and the interval its convention', () => {
  const metrics = vocMetrics(evaluatorOf(once));
  expect(metrics.imageIds?.slice(0, 2)).toEqual(['0.0', '1.0']);
  const [{ name, value, low, high }] = bootstrapIntervals(metrics, { seed: 1, samples: 200 });
  expect(name).toBe('mAP (VOC, rule devkit, area, IoU 0.5)');
  expect(low < value && value < high).toBe(true);
});

test('what is added after a result counts in the next', () => {
  const evaluator = evaluatorOf(once);
  const before = evaluator.result().perClass[0].truths;
  evaluator.addImage('late', [{ box: [0, 0, 5, 5], label: 0 }]);
  expect(evaluator.result().perClass[0].truths).toBe(before + 1);
});
