import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeShapesSet } from './generated/make-set.js';
import { datasetSplits, openDataset } from './open-dataset.js';
import { folderWith } from './testing/fixtures.js';

test('a generated set reads the same through its VOC files, its COCO file and as generated', async () => {
  const output = join(await folderWith(), 'set');
  await makeShapesSet({ output, seed: 3, parts: { train: 6, val: 3 }, workers: 0 });
  expect(await datasetSplits(`generated:${output}`)).toEqual(['train', 'val', 'all']);
  const generated = await openDataset(`generated:${output}`, { split: 'train' });
  const coco = await openDataset(`coco:${output}`, { split: 'train' });
  expect(await openDataset(`voc:${output}`, { split: 'train' })).toEqual(generated);
  expect(coco.classes).toEqual(generated.classes);
  expect([generated.samples.length, generated.problems.length]).toEqual([6, 0]);
  expect(generated.samples.flatMap(({ objects }) => objects).length).toBeGreaterThan(6);
  const what = ({ samples }: typeof coco) =>
    samples.map(({ imagePath, width, height, objects }) => {
      // COCO has no mark for difficult objects, VOC none for areas.
      return { imagePath, width, height, objects: objects.map(({ box, label }) => ({ box, label })) };
    });
  expect(what(coco)).toEqual(what(generated));
  for (const { classMaskPath, objectMaskPath } of generated.samples) {
    expect([classMaskPath, objectMaskPath]).not.toContain(undefined);
  }
});
