import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeGeneratedSet } from '@onebit/datasets';
import { prepareBackend } from '../cli/backend.js';
import { openRecipeData } from '../detector/data.js';
import { trainingLoader } from '../detector/train.js';
import { loadDetectionRecipe } from '../recipes/load.js';
import { detectorWorkload } from '../workloads/detector.js';
import { profileStep } from '../workloads/profile.js';
import { TrainingStep } from '../workloads/training-step.js';
import { median } from './contestant.js';
import { type BenchResult, benchResult, benchRow } from './result.js';
import type { BenchInput } from './table.js';

/** Fewer scenes than an epoch's worth of steps would not show the cost of reading; more only take longer to draw. */
const scenes = 128;
const measuredBatches = 40;
/** The pipeline must deliver three times what training takes. */
const target = 3;

/**
 * Time to make one batch (decode, augment, resize, normalise; one worker, pictures not cached) against the time a training step needs for it. The two are measured
 * one after the other, since they share cores when they run together.
 */
export async function benchData({ threads, output, signal }: BenchInput): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'onebit-bench-'));
  try {
    const set = join(folder, 'scenes');
    await makeGeneratedSet({ output: set, seed: 1, parts: { train: scenes, 'val-seen': 8 }, signal });
    await prepareBackend({ backend: 'auto', threads }, output);
    const rows = [];
    for (const name of ['demo-binary', 'ssd300-resnet18-float', 'ssd300-resnet18-bidet']) {
      const recipe = await loadDetectionRecipe(name, [['data.dataset', `generated:${set}`]]);
      const { train } = await openRecipeData(recipe);
      const cold = await batchTimes(recipe, train.samples, 0);
      const warm = await batchTimes(recipe, train.samples, undefined);
      const { stepMs } = await profileStep(new TrainingStep(detectorWorkload(recipe)), 4);
      const row = (what: string, medianMs: number) =>
        benchRow({
          case: `${name}: a batch of ${recipe.train.batchSize} at ${recipe.model.imageSize} px, ${what}`,
          implementation: 'onebit loader, 1 worker',
          medianMs,
          rival: 'training step that uses it',
          rivalMedianMs: stepMs,
          target,
        });
      rows.push(row('decoded every time', cold), row('pictures cached', warm));
    }
    return benchResult('data', rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function batchTimes(
  recipe: Awaited<ReturnType<typeof loadDetectionRecipe>>,
  samples: Parameters<typeof trainingLoader>[1],
  cacheBytes: number | undefined,
): Promise<number> {
  const loader = trainingLoader(recipe, samples, 0, { workers: 1, cacheBytes });
  const times: number[] = [];
  try {
    let last = performance.now();
    for await (const _ of loader) {
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (times.length >= measuredBatches) break;
    }
  } finally {
    await loader.close();
  }
  // The first batches wait for the worker to start; the second half of the epoch on has the cache filled.
  return median(times.slice(measuredBatches / 2));
}
