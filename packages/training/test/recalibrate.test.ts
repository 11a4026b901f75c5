import { BatchNorm } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import { readCheckpoint, recalibrate, train } from '../src/index.js';
import { temporaryFolder, withoutLeak } from './helpers.js';
import { batches, lossOf, type TinyBatch, TinyModel, tinyRun } from './tiny.mjs';

const channels = 3;
const inputs = Array.from({ length: 4 }, (_, batch) =>
  Array.from({ length: 2 * 3 * 3 * channels }, (_, i) => Math.sin(7 * batch + i) * (1 + (i % channels)) + batch),
);
async function* stream<T>(items: readonly T[]) {
  yield* items;
}

/** Mean over the batches of each batch's mean and unbiased variance, by plain loops. */
function expectedStatistics(count: number) {
  const [mean, variance] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  for (const values of inputs.slice(0, count)) {
    for (let c = 0; c < channels; c++) {
      const own = values.filter((_, i) => i % channels === c);
      const m = own.reduce((sum, x) => sum + x, 0) / own.length;
      mean[c] += m / count;
      variance[c] += own.reduce((sum, x) => sum + (x - m) ** 2, 0) / (own.length - 1) / count;
    }
  }
  return { mean, variance };
}

describe('recalibrate', () => {
  const run = (norm: BatchNorm, items: readonly number[][], count: number) =>
    recalibrate(norm as never, stream(items), count, (values, context) =>
      norm.forward(tf.tensor4d(values, [2, 3, 3, channels]), context),
    );

  test.each([1, 3, 4])(
    'gives the plain mean over %i batches, whatever was there, and the momentum back',
    async (count) => {
      const norm = new BatchNorm({ channels, momentum: 0.3 });
      norm.mean.assign(tf.fill([channels], 1e3));
      await withoutLeak(() => run(norm, inputs, count));
      const { mean, variance } = expectedStatistics(count);
      for (const [i, value] of norm.mean.dataSync().entries()) expect(value).toBeCloseTo(mean[i], 5);
      for (const [i, value] of norm.variance.dataSync().entries()) expect(value).toBeCloseTo(variance[i], 4);
      expect(norm.momentum).toBe(0.3);
    },
  );

  test('leaves frozen layers alone', async () => {
    const norm = new BatchNorm({ channels });
    norm.freeze();
    await run(norm, inputs, 2);
    expect(Array.from(norm.mean.dataSync())).toEqual([0, 0, 0]);
  });

  test('refuses a bad count and too little data, and restores the momentum', async () => {
    const norm = new BatchNorm({ channels });
    await expect(run(norm, inputs, 0)).rejects.toThrow('count must be a whole number of at least 1, got 0');
    await expect(run(norm, inputs, 5)).rejects.toThrow('the data ended after 4 of 5 batches');
    expect(norm.momentum).toBe(0.1);
  });
});

describe('train with recalibrate', () => {
  const options = { steps: 20, evaluateEvery: 10, checkpointEvery: 10, ema: { decay: 0.99 }, recalibrate: 3 };

  test('checkpoints hold averaged weights with the statistics of these weights', async () => {
    const output = await temporaryFolder();
    await withoutLeak(async () => {
      const model = new TinyModel();
      await train(tinyRun(output, options, model));
      model.dispose();
    });
    const { ema } = await readCheckpoint(output);
    const model = new TinyModel();
    for (const [name, { variable }] of model.namedParameters()) {
      const { data, shape } = ema!.get(name)!;
      variable.assign(tf.tensor(data as Float32Array, [...shape]));
    }
    const loss = lossOf(model);
    await recalibrate(model as never, batches(0), 3, (batch: TinyBatch, context) =>
      loss(batch, { ...context, step: 0, progress: 1 }),
    );
    for (const [name, buffer] of model.namedBuffers()) {
      expect(Array.from(buffer.dataSync()), name).toEqual(Array.from(ema!.get(name)!.data, Number));
    }
  });

  test('resumed, it ends in the same weights and statistics to the bit', async () => {
    const [whole, parted] = [await temporaryFolder(), await temporaryFolder()];
    const always = { ...options, ema: undefined, steps: 25 };
    await train(tinyRun(whole, always));
    const stop = new AbortController();
    const onProgress = (progress: { kind: string; step?: number }) => {
      if (progress.kind === 'step' && progress.step === 13) stop.abort();
    };
    await expect(train(tinyRun(parted, { ...always, onProgress, signal: stop.signal }))).rejects.toThrow('interrupted');
    await train(tinyRun(parted, { ...always, resume: 'auto' }));
    expect((await readCheckpoint(parted)).model).toEqual((await readCheckpoint(whole)).model);
  });

  test('without an evaluation it happens at the end', async () => {
    const [plain, recalibrated] = [await temporaryFolder(), await temporaryFolder()];
    const bare = { steps: 8, evaluate: undefined };
    await train(tinyRun(plain, bare));
    await train(tinyRun(recalibrated, { ...bare, recalibrate: 2 }));
    const [before, after] = [(await readCheckpoint(plain)).model, (await readCheckpoint(recalibrated)).model];
    expect(after.get('out.weight')).toEqual(before.get('out.weight'));
    expect(after.get('norm1.mean')).not.toEqual(before.get('norm1.mean'));
  });

  test('refuses what is not a number of batches', async () => {
    await expect(train(tinyRun(await temporaryFolder(), { recalibrate: 0 }))).rejects.toThrow(
      'recalibrate must be a whole number of at least 1, got 0',
    );
  });
});
