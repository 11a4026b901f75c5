import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyModule } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { expect, test } from 'vitest';
import { readCheckpoint, rehearse, train } from '../src/index.js';
import { temporaryFolder, withoutLeak } from './helpers.js';
import { evaluate, TinyModel, tinyRun } from './tiny.mjs';

const options = { steps: 4, ema: { decay: 0.9 }, schedule: { kind: 'constant', rate: 0.02 } } as const;

/** Sets every weight of the output layer to 0.25, as weights of another run would. */
async function initialize(model: AnyModule): Promise<void> {
  const { variable } = (model as unknown as TinyModel).out.weight;
  tf.tidy(() => variable.assign(tf.fill(variable.shape, 0.25)));
}

test('the moving average begins with the weights that a run is given, not with the fresh ones', async () => {
  const output = await temporaryFolder();
  const model = new TinyModel();
  await train(tinyRun(output, { ...options, steps: 1, initialize }, model));
  const { model: trained, ema } = await readCheckpoint(output);
  const [after, average] = [trained, ema!].map((tensors) => tensors.get('out.weight')!.data as Float32Array);
  const decay = (1 + 1) / (10 + 1); // of the first update, whatever the limit
  for (const [i, value] of after.entries()) expect(average[i]).toBeCloseTo(decay * 0.25 + (1 - decay) * value, 6);
  expect(after.some((value) => value !== 0.25)).toBe(true);
  model.dispose();
});

test('a resumed run is not given them again', async () => {
  const output = await temporaryFolder();
  const stop = new AbortController();
  const run = (more: object) => train(tinyRun(output, { ...options, initialize, ...more }));
  const onProgress = ({ kind, step }: { kind: string; step?: number }) => kind === 'step' && step === 2 && stop.abort();
  await expect(run({ signal: stop.signal, onProgress })).rejects.toThrow(/interrupted after step 2/);
  const whole = await temporaryFolder();
  await train(tinyRun(whole, { ...options, initialize }));
  const again = async () => {
    throw new Error('given again');
  };
  await run({ resume: 'auto', initialize: again });
  const [a, b] = [await readCheckpoint(output), await readCheckpoint(whole)];
  expect([a.model, a.ema]).toEqual([b.model, b.ema]);
});

test('a rehearsal does all of it once and leaves nothing: no file, no tensor, no change', async () => {
  const output = join(await temporaryFolder(), 'run');
  await withoutLeak(async () => {
    const model = new TinyModel();
    const before = model.norm1.mean.dataSync().slice();
    const measured = { ...options, evaluate: () => evaluate(model, {}) };
    await rehearse(tinyRun(output, measured, model));
    expect(model.norm1.mean.dataSync()).toEqual(before);
    await expect(readdir(output)).rejects.toThrow(/ENOENT/);
    await expect(
      rehearse(tinyRun(output, { ...measured, best: { metric: 'mAP', goal: 'max' } }, model)),
    ).rejects.toThrow(/train\.best\.metric.*mAP/);
    await expect(rehearse(tinyRun(output, { ...measured, steps: 0 }, model))).rejects.toThrow(/steps must be/);
    model.dispose();
  });
});
