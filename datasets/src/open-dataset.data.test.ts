import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { vocClasses } from 'pascal-voc-parser';
import { describe, expect, test } from 'vitest';
import { createEvaluationLoader } from './loader/loader.js';
import { normalizations } from './normalization.js';
import { openDataset } from './open-dataset.js';
import type { DetectionDataset } from './types.js';

const folder = process.env.ONEBIT_DATASETS;

/** Counts from the READMEs of the data sets: pictures, boxes, difficult boxes or crowds, classes, masks. */
const known: Record<string, Record<string, readonly [number, number, number, number, number]>> = {
  'voc:voc2012-mini': {
    all: [80, 211, 29, 20, 74],
    train: [48, 123, 14, 20, 45],
    val: [16, 41, 6, 20, 13],
    test: [16, 47, 9, 20, 16],
  },
  'voc:bccd': { all: [292, 3941, 0, 3, 0], train: [205, 2804, 0, 3, 0] },
  'voc:raccoon-kangaroo': { all: [286, 372, 0, 2, 0], train: [197, 267, 0, 2, 0] },
  'voc:nuclei': { all: [100, 3315, 0, 1, 100], train: [70, 2440, 0, 1, 70] },
  'voc:voc20-coco': { all: [261, 1466, 227, 20, 261], train: [204, 1091, 171, 20, 204] },
  'coco:coco2017-mini': { train: [1442, 13652, 175, 80, 0], val: [344, 3166, 46, 80, 0] },
};

const path = (spec: string) => join(folder ?? '', spec.slice(spec.indexOf(':') + 1));
const at = (spec: string) => `${spec.slice(0, spec.indexOf(':'))}:${path(spec)}`;
const objectsOf = ({ samples }: DetectionDataset) => samples.flatMap(({ objects }) => objects);

describe.each(Object.keys(known))('%s', (spec) => {
  const isThere = folder !== undefined && existsSync(path(spec));

  test.for(Object.entries(known[spec]))(
    '%s has the known counts and no findings',
    async ([split, counts], { skip }) => {
      if (!isThere) return skip('set ONEBIT_DATASETS to the folder with the data sets');
      const dataset = await openDataset(at(spec), { split });
      const objects = objectsOf(dataset);
      const masks = dataset.samples.filter(({ classMaskPath }) => classMaskPath).length;
      const difficult = objects.filter((object) => object.difficult).length;
      expect([dataset.samples.length, objects.length, difficult, dataset.classes.length, masks]).toEqual(counts);
      expect(dataset.problems).toEqual([]);
      for (const { width, height, objects } of dataset.samples) {
        for (const { box, label } of objects) {
          expect(
            0 <= box[0] && box[0] < box[2] && box[2] <= width && 0 <= box[1] && box[1] < box[3] && box[3] <= height,
          ).toBe(true);
          expect(dataset.classes[label]).toBeDefined();
        }
      }
    },
  );

  test('every picture decodes at the size that its boxes are for', async ({ skip }) => {
    if (!isThere) return skip('set ONEBIT_DATASETS to the folder with the data sets');
    const splits = Object.keys(known[spec]);
    const { samples } = await openDataset(at(spec), { split: splits.includes('all') ? 'all' : splits.join('+') });
    const options = {
      batchSize: 16,
      imageSize: [32, 32],
      ...normalizations.imagenet,
      channelOrder: 'rgb',
      workers: 2,
    } as const;
    const loader = createEvaluationLoader(samples, { ...options, cacheBytes: 0 });
    let seen = 0;
    for await (const { images, ids } of loader) {
      seen += ids.length;
      expect(images.every(Number.isFinite)).toBe(true);
    }
    await loader.close();
    expect(seen).toBe(samples.length);
  });
});

test('coco2017-mini mapped to VOC has the known pictures and boxes', async ({ skip }) => {
  const spec = 'coco:coco2017-mini';
  if (folder === undefined || !existsSync(path(spec)))
    return skip('set ONEBIT_DATASETS to the folder with the data sets');
  for (const [split, pictures, boxes] of [
    ['train', 1390, 8647],
    ['val', 327, 2019],
  ] as const) {
    const dataset = await openDataset(at(spec), { split, classMap: 'voc20' });
    expect(dataset.classes).toEqual(vocClasses);
    expect(dataset.samples.filter(({ objects }) => objects.length > 0).length).toBe(pictures);
    expect(objectsOf(dataset).length).toBe(boxes);
  }
});

test('voc20-coco holds the boxes of coco2017-mini, to the pixel that VOC rounds to', async ({ skip }) => {
  const [voc, coco] = ['voc:voc20-coco', 'coco:coco2017-mini'];
  if (folder === undefined || !existsSync(path(voc)) || !existsSync(path(coco)))
    return skip('set ONEBIT_DATASETS to the folder with the data sets');
  const rounded = await openDataset(at(voc), { split: 'all' });
  const exact = await openDataset(at(coco), { split: 'train+val', classMap: 'voc20' });
  const byId = new Map(exact.samples.map((sample) => [Number(sample.id), sample]));
  for (const { id, objects } of rounded.samples) {
    const candidates = byId.get(Number(id))?.objects ?? [];
    for (const { box, label } of objects) {
      const isNear = candidates.some(
        (other) => other.label === label && other.box.every((side, i) => Math.abs(side - box[i]) <= 1.01),
      );
      expect([id, box, isNear]).toEqual([id, box, true]);
    }
  }
});
