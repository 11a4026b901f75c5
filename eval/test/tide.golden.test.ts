import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CocoFile } from 'cocoapi-js';
import { expect, test } from 'vitest';
import { compared, thirdPartyFolder } from '../../test/golden.js';
import { type Box, tideErrors, tideErrorTypes } from '../src/index.js';

interface ExpectedRun {
  readonly AP50: number;
  readonly AP_per_threshold: readonly number[];
  readonly main_dAP: Record<string, number>;
  readonly special_dAP: Record<string, number>;
  readonly counts: Record<string, number>;
}
type CocoResults = readonly { image_id: number; category_id: number; bbox: CocoBox; score: number }[];
type CocoBox = readonly [x: number, y: number, width: number, height: number];

const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(thirdPartyFolder, ...path), 'utf8')) as T;
const corners = ([x, y, width, height]: CocoBox): Box => [x, y, x + width, y + height];

/** The tool ranks equal scores by the images in the order of the file. */
function load(folder: string) {
  const { images, annotations, categories } = read<CocoFile>(folder, 'gt.json');
  const results = read<CocoResults>(folder, 'dt_bbox.json');
  const labelOf = new Map(categories.map(({ id }, label) => [id, label]));
  const label = (id: number | string) => labelOf.get(id) ?? -1;
  const truths = images.map(({ id }) => ({
    id: String(id),
    objects: annotations
      .filter(({ image_id }) => image_id === id)
      .map(({ bbox, category_id, iscrowd }) => ({
        box: corners(bbox),
        label: label(category_id),
        crowd: iscrowd === 1,
      })),
  }));
  const detections = results.map(({ image_id, category_id, bbox, score }) => ({
    image: String(image_id),
    label: label(category_id),
    box: corners(bbox),
    score,
  }));
  return { truths, detections, classes: categories.map(({ name }) => name) };
}

const files = existsSync(thirdPartyFolder)
  ? readdirSync(thirdPartyFolder).filter((name) => /^tide-.*\.json$/.test(name))
  : [];

test.skipIf(files.length === 0)(
  `the breakdown has the published numbers of the authors' tool (needs ${thirdPartyFolder})`,
  () => {
    for (const file of files) {
      const { runs } = read<{ runs: Record<string, ExpectedRun> }>(file);
      let numbers = 0;
      const same = (points: number, expected: number) => {
        expect(100 * points).toBeCloseTo(expected, 10);
        numbers++;
      };
      for (const [name, expected] of Object.entries(runs)) {
        const [path] = name.split(' ');
        const { truths, detections, classes } = load(path.replace('third-party/', ''));
        const run = (foreground: number) => tideErrors(detections, truths, { classes, classMean: 'tide', foreground });
        for (const [i, ap] of expected.AP_per_threshold.entries()) same(run(0.5 + 0.05 * i).ap, ap);
        const { ap, dAP, special, counts } = run(0.5);
        same(ap, expected.AP50);
        for (const type of tideErrorTypes) {
          same(dAP[type], expected.main_dAP[type]);
          expect(counts[type]).toBe(expected.counts[type]);
        }
        for (const type of ['FalsePos', 'FalseNeg'] as const) same(special[type], expected.special_dAP[type]);
      }
      compared(`evaluation/third-party/${file}`, numbers);
    }
  },
);
