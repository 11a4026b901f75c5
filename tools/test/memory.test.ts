import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tf } from '@onebit/ops';
import { type NativeBackend, selectBackend } from '@onebit/tfjs-backend-native';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDetectionRecipe } from '../src/recipes/load.js';
import { detectorWorkload } from '../src/workloads/detector.js';
import { type MemoryEstimate, MemoryModel } from '../src/workloads/memory.js';
import { TrainingStep } from '../src/workloads/training-step.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const classes = ['circle', 'square', 'triangle'];
const mebibyte = 2 ** 20;

describe.skipIf(!hasNative())('memory of training', () => {
  test.each([
    ['demo-binary', 'sgd'],
    ['demo-float', 'adam'],
  ])('%s: the estimate for batch 6 is what a step takes', async (name, optimizer) => {
    await selectBackend('native');
    const backend = tf.backend() as NativeBackend;
    const recipe = await loadDetectionRecipe(name, [
      ['model.width', 0.25],
      ['model.imageSize', 64],
      ['train.optimizer', { kind: optimizer }],
      ['train.batchSize', 6],
    ]);
    const { weights, optimizer: moments, step } = (await MemoryModel.of(recipe, classes, 1)).at(6);
    backend.trim();
    const before = backend.memory().usedBytes;
    backend.pool.resetPeak();
    const workload = detectorWorkload(recipe, classes);
    const training = new TrainingStep(workload);
    for (let i = 0; i < 2; i++) await training.run();
    const measured = backend.memory().peakBytes - before;
    const { misses } = backend.memory();
    await training.run();
    expect(backend.memory().misses, 'what a later step asks of the system').toBe(misses);
    expect((weights + moments + step.total) / measured).toBeCloseTo(1, 2);
    workload.model.dispose();
  });

  test('an estimate is its parts, grows with the batch, and finds the batch that fits', async () => {
    await selectBackend('native');
    const recipe = await loadDetectionRecipe('demo-binary', [['model.width', 0.125]]);
    const model = await MemoryModel.of(recipe, classes, 2);
    const before = tf.memory().numTensors;
    const { batch, step, total, ...parts } = model.at(16);
    expect(batch).toBe(16);
    expect(total).toBeCloseTo(Object.values(parts).reduce((sum, part) => sum + part, step.total));
    for (const fits of [1, 5, 16, 100]) expect(model.largestBatch(model.at(fits).total, 200)).toBe(fits);
    expect(model.largestBatch(1, 200)).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('recomputation takes less', async () => {
    await selectBackend('native');
    const step = async (recompute: boolean) => {
      const recipe = await loadDetectionRecipe('demo-binary', [
        ['model.width', 0.25],
        ['train.recompute', recompute],
      ]);
      return (await MemoryModel.of(recipe, classes, 1)).at(32).step.total;
    };
    expect((await step(true)) / (await step(false))).toBeLessThan(0.9);
  });

  test('accumulation adds the sum of the gradients at most', async () => {
    await selectBackend('native');
    const estimate = async (accumulate: number) => {
      const recipe = await loadDetectionRecipe('demo-float', [
        ['model.width', 0.25],
        ['model.imageSize', 64],
        ['train.accumulate', accumulate],
      ]);
      return (await MemoryModel.of(recipe, classes, 1)).at(8);
    };
    const [once, thrice] = [await estimate(1), await estimate(3)];
    expect(thrice.step.total).toBeGreaterThan(once.step.total);
    expect(thrice.step.total - once.step.total).toBeLessThanOrEqual(1.01 * once.weights);
  });
});

describe.skipIf(!hasNative())('the commands', () => {
  let folder: string;
  let set: string;
  beforeAll(async () => {
    folder = await scratchFolder();
    set = await shapesSet(folder, 8, 4);
  });

  test('onebit cost --train', async () => {
    const { code, stdout } = await runMain([
      'cost',
      'demo-binary',
      '--train',
      '--batch',
      '5',
      '--classes',
      '3',
      '--json',
    ]);
    const { memory } = JSON.parse(stdout) as { memory: MemoryEstimate };
    expect([code, memory.batch]).toEqual([0, 5]);
    expect(memory.total).toBeGreaterThan(50 * mebibyte);
    expect((await runMain(['cost', 'demo-binary', '--batch', '5'])).stderr).toContain('--batch goes with --train');
    expect((await runMain(['cost', 'demo-binary', '--train', '--batch', '0'])).stderr).toContain('got 0 [ERR_USAGE]');
  });

  test('onebit train refuses what does not fit before it writes anything, and names the batch that would', async () => {
    const out = join(folder, 'too-large');
    const settings = tinySettings({ 'train.batchSize': 4096 });
    const args = ['train', 'demo-binary', '-d', set, '-o', out, ...settings];
    const limited = await runMain([...args, '--memory-limit', '1']);
    expect([limited.code, existsSync(out)]).toEqual([1, false]);
    expect(limited.stderr).toMatch(
      /^onebit: demo-binary: training at batch 4096 must fit into the 1\.00 GiB that --memory-limit has for it, it takes about [\d.]+ GiB; the largest batch that fits is \d+: --set train\.batchSize=\d+, and --set train\.accumulate=\d+ for .*train\.recompute=true .* \[ERR_MEMORY\]$/m,
    );
    const none = await runMain([...args, '--memory-limit', '0.001']);
    expect(none.stderr).toMatch(/even a batch of 1 takes .*take smaller pictures.*\[ERR_MEMORY\]/);
    expect((await runMain([...args, '--memory-limit', '-1'])).stderr).toContain(
      '--memory-limit must be a number of GiB',
    );
  });

  test('the batch that is named is accepted', async () => {
    const limit = ['--memory-limit', '1'];
    const args = ['train', 'demo-binary', '-d', set, '-o', join(folder, 'fits'), ...limit];
    const refused = await runMain([...args, ...tinySettings({ 'train.batchSize': 1e6 })]);
    const fits = Number(/largest batch that fits is (\d+)/.exec(refused.stderr)?.[1]);
    expect(fits).toBeGreaterThan(100);
    const { code, stderr, stdout } = await runMain([...args, ...tinySettings({ 'train.steps': 3 })]);
    expect([code, stderr.includes('ERR_')]).toEqual([0, false]);
    expect(stdout).toMatch(/memory: about [\d.]+ MiB, [\d.]+ (MiB|GiB) more are free/);
  });
});
