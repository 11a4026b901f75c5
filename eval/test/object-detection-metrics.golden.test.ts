import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compared, thirdPartyFolder } from '../../test/golden.js';
import { type ApMetric, type Box, vocMapRange } from '../src/index.js';

interface Sample {
  readonly ground_truth: Record<string, readonly Rectangle[]>;
  readonly detections: Record<string, readonly [score: number, ...box: Rectangle][]>;
  readonly expected_AP: Record<'11_point' | 'all_points', Record<string, number>>;
  readonly tolerance: number;
  readonly [curves: `expected_${string}_2_decimals_at_${string}`]: readonly string[];
}
type Rectangle = readonly [x: number, y: number, width: number, height: number];

const name = 'object-detection-metrics-sample.json';
const path = join(thirdPartyFolder, name);
const corners = ([x, y, width, height]: Rectangle): Box => [x, y, x + width, y + height];

/** The set has one class; its side of `x + width` with the +1 is that of VOC's files. */
function evaluate({ ground_truth, detections }: Sample, metric: ApMetric, ious: readonly number[]) {
  const truths = Object.entries(ground_truth).map(([id, boxes]) => ({
    id,
    objects: boxes.map((box) => ({ box: corners(box), label: 0 })),
  }));
  const found = Object.entries(detections).flatMap(([image, rows]) =>
    rows.map(([score, ...box]) => ({ image, score, box: corners(box), label: 0 })),
  );
  const options = { classes: ['object'], metric, rule: 'devkit', coordinates: 'voc-file', ious } as const;
  return vocMapRange(found, truths, options).results;
}

test.skipIf(!existsSync(path))(`published AP and curve; needs ${path}`, () => {
  const sample = JSON.parse(readFileSync(path, 'utf8')) as Sample;
  let values = 0;
  for (const [metric, key] of [
    ['11-point', '11_point'],
    ['area', 'all_points'],
  ] as const) {
    const expected = Object.entries(sample.expected_AP[key]);
    const results = evaluate(
      sample,
      metric,
      expected.map(([iou]) => Number(iou)),
    );
    expected.forEach(([iou, ap], i) => {
      expect(Math.abs(results[i].mAP - ap), `${metric} at ${iou}`).toBeLessThan(sample.tolerance);
      values++;
    });
  }
  for (const [key, expected] of Object.entries(sample)) {
    const curve = /^expected_(precision|recall)_2_decimals_at_(.+)$/.exec(key);
    if (!curve) continue;
    const [{ perClass }] = evaluate(sample, 'area', [Number(curve[2])]);
    const points = perClass[0][curve[1] as 'precision' | 'recall'];
    // Printed from rounded binary fractions: 0.125 may stand as 0.13 or 0.12.
    expect(points).toHaveLength(expected.length);
    const furthest = Math.max(...expected.map((text: string, i: number) => Math.abs(points[i] - Number(text))));
    expect(furthest).toBeLessThanOrEqual(0.005 + 1e-12);
    values++;
  }
  compared(`evaluation/third-party/${name}`, values);
});
