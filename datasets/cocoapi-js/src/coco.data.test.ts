import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COCO } from './coco.js';
import * as mask from './mask/index.js';

const folder = join(process.env.ONEBIT_DATASETS ?? '../shared/datasets', 'coco2017-mini/annotations');
const isThere = existsSync(folder);

/** Official annotations, cut out of COCO: all that strict loading refuses must be absent. */
test('official files load strictly, and as JSON.parse reads them', async ({ skip }) => {
  if (!isThere) return skip(`no ${folder}: set ONEBIT_DATASETS to the folder with the data sets`);
  for (const name of await readdir(folder)) {
    const coco = await COCO.read(join(folder, name));
    const plain = JSON.parse(await readFile(join(folder, name), 'utf8'));
    expect(coco.problems).toEqual([]);
    for (const list of ['images', 'annotations', 'categories'] as const)
      expect(coco.dataset[list]).toEqual(plain[list]);
    expect(coco.getCatIds().length).toBe(80);
    expect(coco.getImgIds().flatMap((imgIds) => coco.getAnnIds({ imgIds })).length).toBe(plain.annotations.length);
  }
});

test('the masks of official files cover their stated areas', async ({ skip }) => {
  if (!isThere) return skip(`no ${folder}: set ONEBIT_DATASETS to the folder with the data sets`);
  const coco = await COCO.read(join(folder, 'instances_val2017.json'));
  const outlined = coco.dataset.annotations.filter(
    ({ segmentation }) => segmentation && 'length' in segmentation && segmentation.length > 0,
  );
  const stated = outlined.reduce((sum, { area = 0 }) => sum + area, 0);
  const pixels = outlined.reduce((sum, annotation) => sum + mask.area(coco.annToRLE(annotation)), 0);
  // Pixels along an outline fall on either side of it: over many objects this evens out.
  expect(Math.abs(pixels / stated - 1)).toBeLessThan(0.01);
});
