import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeShapesSet, openDataset } from '@onebit/datasets';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DetectionRecipe } from '../recipes/detection.js';
import { loadDetectionRecipe } from '../recipes/load.js';
import { buildDetector } from './build.js';
import { detectAll, measure } from './evaluate.js';

const folder = await mkdtemp(join(tmpdir(), 'onebit-evaluate-'));
afterAll(() => rm(folder, { recursive: true }));
const classes = ['circle', 'square', 'triangle'];
let recipe: DetectionRecipe;
beforeAll(async () => {
  await selectBackend('cpu');
  await makeShapesSet({ output: folder, seed: 1, parts: { val: 10 } });
  recipe = await loadDetectionRecipe('demo-float', [
    ['model.width', 0.125],
    ['model.imageSize', 64],
    ['evaluation.maxDetections', 7],
  ]);
});

const opened = () => openDataset(`generated:${folder}`, { split: 'val' });

test('every picture is looked at once, in order, and no tensor is left', async () => {
  const { samples } = await opened();
  const model = buildDetector(recipe, classes);
  const before = tf.memory().numTensors;
  const progress: number[] = [];
  const results = await detectAll(model, recipe, samples, { workers: 0, onProgress: (done) => progress.push(done) });
  expect(tf.memory().numTensors).toBe(before);
  expect(results.map(({ sample }) => sample.id)).toEqual(samples.map(({ id }) => id));
  expect(progress).toEqual([8, 10]);
  for (const { detections } of results) expect(detections.length).toBeLessThanOrEqual(7);
  // Pictures do not influence each other, whatever batch they are in.
  const [alone] = await detectAll(model, recipe, samples.slice(9), { workers: 0 });
  expect(alone.detections.map(({ label }) => label)).toEqual(results[9].detections.map(({ label }) => label));
  model.dispose();
});

test('an aborted signal ends it as the user’s wish, not as a fault', async () => {
  const { samples } = await opened();
  const model = buildDetector(recipe, classes);
  const controller = new AbortController();
  const found = detectAll(model, recipe, samples, {
    workers: 0,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(found).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
  await expect(found).rejects.toThrow('interrupted after 8 of 10 pictures');
  model.dispose();
});

test('perfect detections measure 1, none at all 0, difficult objects do not count', async () => {
  const { samples } = await opened();
  const perfect = samples.map((sample) => ({
    sample,
    detections: sample.objects.map(({ box, label }) => ({ box, label, score: 0.9 })),
  }));
  expect(measure(perfect, classes, recipe).mAP).toBeCloseTo(1, 12);
  const none = samples.map((sample) => ({ sample, detections: [] }));
  expect(measure(none, classes, recipe).mAP).toBe(0);
  const [first, ...others] = perfect;
  const difficult = { ...first.sample, objects: first.sample.objects.map((each) => ({ ...each, difficult: true })) };
  expect(measure([{ sample: difficult, detections: [] }, ...others], classes, recipe).mAP).toBeCloseTo(1, 12);
});
