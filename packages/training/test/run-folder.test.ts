import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig, type TrainOptions, train } from '../src/index.js';
import { temporaryFolder } from './helpers.js';
import { type TinyBatch, TinyModel, tinyRun } from './tiny.mjs';

describe('the output folder', () => {
  test('with another run is an error with the fix, before any work', async () => {
    const output = await temporaryFolder();
    await train(tinyRun(output, { steps: 6 }));
    const before = await readFile(join(output, 'metrics.jsonl'), 'utf8');
    const again = train(tinyRun(output, { steps: 6 }));
    await expect(again).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(again).rejects.toThrow("choose another output folder, or continue that run with resume: 'auto'");
    expect(await readFile(join(output, 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  test('with a run of another recipe names the differing keys', async () => {
    const output = await temporaryFolder();
    await train(tinyRun(output, { steps: 6, recipe: { model: { width: 1 }, data: 'voc' } }));
    const changes = {
      steps: 6,
      resume: 'auto',
      recipe: { model: { width: 2 }, data: 'voc' },
      optimizer: { kind: 'sgd' },
    } satisfies Partial<TrainOptions<TinyBatch>>;
    const run = train(tinyRun(output, changes));
    await expect(run).rejects.toMatchObject({ code: 'ERR_RECIPE' });
    await expect(run).rejects.toThrow(
      'recipe.model.width: 1 there, 2 now; training.optimizer.kind: "adam" there, "sgd" now',
    );
  });

  test('with a finished run resumes to its result without another step', async () => {
    const output = await temporaryFolder();
    const first = await train(tinyRun(output, { steps: 6 }));
    async function* noBatches() {}
    const second = await train(tinyRun(output, { steps: 6, resume: 'auto', batches: noBatches }));
    expect(second).toEqual({ ...first, seconds: expect.any(Number) });
  });

  test('with a checkpoint that came from elsewhere is an error', async () => {
    const [output, other] = [await temporaryFolder(), await temporaryFolder()];
    await train(tinyRun(output, { steps: 6 }));
    await train(tinyRun(other, { steps: 6, seed: 4 }));
    await cp(join(other, 'checkpoints'), join(output, 'checkpoints'), { recursive: true });
    await expect(train(tinyRun(output, { steps: 6, resume: 'auto' }))).rejects.toThrow('is of another recipe');
  });

  test('with a run of another architecture is an error', async () => {
    const output = await temporaryFolder();
    await train(tinyRun(output, { steps: 6 }));
    const run = train(tinyRun(output, { steps: 6, resume: 'auto' }, new TinyModel({ plan: 'float' })));
    await expect(run).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    await expect(run).rejects.toThrow('another architecture');
  });

  test('that is a file', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, '');
    const run = train(tinyRun(path));
    await expect(run).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(run).rejects.toThrow(`${path}: is a file`);
  });
});

describe('options', () => {
  test.each<[string, Partial<TrainOptions<TinyBatch>>]>([
    ['steps must be a whole number of at least 1, got 0', { steps: 0 }],
    ['checkpointEvery must be a whole number of at least 1, got 1.5', { checkpointEvery: 1.5 }],
    ['statisticsEvery must be a multiple of logEvery (20), got 30', { logEvery: 20, statisticsEvery: 30 }],
    ['seed must be a whole number', { seed: 0.5 }],
    ['gradientClip must be positive', { gradientClip: 0 }],
    ['ema.decay must lie between 0 and 1', { ema: { decay: 1 } }],
    ['need evaluate', { evaluate: undefined, evaluateEvery: 5 }],
    ['schedule: warmup.steps', { steps: 4 }],
    ['Did you mean "adam"?', { optimizer: { kind: 'adm' as string as 'adam' } }],
    ['optimizer.beta1 must be in [0, 1), got 1', { optimizer: { kind: 'adam', beta1: 1 } }],
  ])('refuses before any work: %s', async (message, overrides) => {
    const output = join(await temporaryFolder(), 'run');
    await expect(train(tinyRun(output, overrides))).rejects.toThrow(message);
    await expect(readConfig(output)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});
