import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COCO, COCOeval } from 'cocoapi-js';
import { expect, onTestFinished, test } from 'vitest';
import { writeCocoFiles } from './coco-files.js';
import { categoryIds, generatedImages } from './generated-set.js';

const size = { images: 30, detections: 1000 };

test('a generated set is the same every time, and an image does not depend on how many there are', () => {
  const images = [...generatedImages(size)];
  expect([...generatedImages(size)]).toEqual(images);
  const [first] = generatedImages({ images: 1, detections: 33 });
  expect(first).toEqual({ ...images[0], detections: images[0].detections.slice(0, 33) });
  expect(images.flatMap(({ detections }) => detections)).toHaveLength(size.detections);
});

test('the ids of the categories are COCO’s', () => {
  expect(categoryIds).toHaveLength(80);
  expect([categoryIds[0], categoryIds[11], categoryIds.at(-1)]).toEqual([1, 13, 90]);
});

test.each(['bbox', 'segm'] as const)(
  'the files of a set pass strict checks and are worth evaluating: %s',
  async (type) => {
    const folder = await mkdtemp(join(tmpdir(), 'onebit-eval-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const files = await writeCocoFiles(folder, size, type);
    const truth = await COCO.read(files.truths);
    expect(truth.anns.size).toBe(files.objects);
    const evaluation = new COCOeval(truth, await truth.readRes(files.results), type);
    evaluation.evaluate();
    evaluation.accumulate();
    for (const stat of evaluation.stats) expect(stat).toBeGreaterThan(0.01);
    expect(evaluation.stats[0]).toBeLessThan(0.9);
  },
);
