import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { afterAll, expect, test } from 'vitest';
import { loadRecipe } from '../../recipes/load.js';
import { planJobs } from './plan.js';
import { resultOf } from './result.js';

const root = await mkdtemp(join(tmpdir(), 'onebit-methods-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const [job] = planJobs(['bireal'], 1, { recipe: 'resnet20-cls', dataset: 'cifar10:D', steps: 40, batchSize: 8 }, root);
const write = (file: string, value: unknown) => writeFile(join(job.folder, file), `${JSON.stringify(value)}\n`);

test('the result of a run is read once it is finished, and kept', async () => {
  await selectBackend('cpu');
  await mkdir(job.folder, { recursive: true });
  await write('summary.json', { status: 'interrupted', step: 20, seconds: 3 });
  expect(await resultOf(job)).toBeUndefined();

  const recipe = await loadRecipe('resnet20-cls', [['train.batchSize', 8]]);
  const { optimizer, schedule } = recipe.train;
  await write('config.json', { recipe: { ...recipe, classes: ['cat', 'dog'] }, training: { optimizer, schedule } });
  await write('environment.json', { commit: 'abc', cpu: 'a CPU' });
  const line = (step: number, total: number) => ({ kind: 'train', step, total });
  const measured = { kind: 'evaluation', step: 40, metrics: { top1: 0.375 } };
  const lines = [line(20, 2), line(40, 1), measured].map((one) => JSON.stringify(one));
  await writeFile(join(job.folder, 'metrics.jsonl'), `${lines.join('\n')}\n`);
  await write('summary.json', { status: 'finished', step: 40, seconds: 16 });

  const result = await resultOf(job);
  expect(result).toMatchObject({ method: 'bireal', seed: 1, top1: 37.5, steps: 40, batchSize: 8, imagesPerSecond: 20 });
  expect(result?.loss).toEqual([
    [20, 2],
    [40, 1],
  ]);
  expect(result?.parameters.latent).toBeGreaterThan(200_000);
  expect(JSON.parse(await readFile(join(job.folder, 'result.json'), 'utf8'))).toEqual(result);
  await rm(join(job.folder, 'metrics.jsonl'));
  expect(await resultOf(job)).toEqual(result);
});
