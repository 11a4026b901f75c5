import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stateOf } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import {
  type Loss,
  type LossContext,
  type OptimizerConfig,
  type Progress,
  readCheckpoint,
  readConfig,
  readMetrics,
  type TrainOptions,
  train,
} from '../src/index.js';
import { numbersOf, temporaryFolder, withoutLeak } from './helpers.js';
import { evaluate, lossOf, makeBatch, type TinyBatch, TinyModel, tinyRun } from './tiny.mjs';

describe('train', () => {
  test('learns, tells how it goes, leaves a folder that says everything, and no tensors', async () => {
    const output = await temporaryFolder();
    const progress: Progress[] = [];
    const model = new TinyModel();
    await withoutLeak(async () => {
      const result = await train(
        tinyRun(
          output,
          {
            steps: 80,
            evaluateEvery: 40,
            best: { metric: 'accuracy', goal: 'max' },
            onProgress: (p: Progress) => progress.push(p),
          },
          model,
        ),
      );
      expect(result.step).toBe(80);
      expect(result.images).toBe(80 * 6);
      expect(result.evaluation!.metrics.accuracy).toBeGreaterThan(0.9);
      expect(result.best!.metrics.accuracy).toBeGreaterThanOrEqual(result.evaluation!.metrics.accuracy);
      expect(result.checkpoint).toBe(join(output, 'checkpoints', 'step-000080.safetensors'));
    });
    const lines = await readMetrics(output);
    const numbers = numbersOf(lines);
    expect(numbers.map(({ step }) => step)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    const lateMean = numbers.slice(-10).reduce((sum, { total }) => sum + total, 0) / 10;
    expect(lateMean).toBeLessThan(numbers[0].total * 0.6);
    expect(Object.keys(numbers[0].terms)).toEqual(['entropy', 'decay']);
    expect(lines.filter(({ kind }) => kind === 'evaluation').map(({ step }) => step)).toEqual([40, 80]);
    const statistics = lines.flatMap((line) => (line.kind === 'train' && line.statistics ? [line] : []));
    expect(statistics.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(Object.keys(statistics[0].statistics!.flipRate)).toEqual(['binary.weight']);
    expect(statistics.some(({ statistics: s }) => s!.flipRate['binary.weight'] > 0)).toBe(true);
    const steps = progress.filter((p) => p.kind === 'step');
    expect(steps).toHaveLength(80);
    expect(steps[79]).toMatchObject({ step: 80, steps: 80, etaSeconds: 0 });
    expect(steps[40].imagesPerSecond).toBeGreaterThan(0);
    expect(steps[40].etaSeconds).toBeGreaterThan(0);
    expect(await readConfig(output)).toMatchObject({ training: { steps: 80, seed: 3, optimizer: { kind: 'adam' } } });
    const environment = JSON.parse(await readFile(join(output, 'environment.json'), 'utf8'));
    expect(environment).toMatchObject({ node: process.version, backend: 'cpu' });
    const summary = JSON.parse(await readFile(join(output, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'finished', step: 80 });
    const best = await readCheckpoint(output, 'best');
    expect(best.state.best!.step).toBe(best.state.step);
    expect((await readCheckpoint(output)).model).toEqual(await stateOf(model));
    model.dispose();
  });

  test('shows a slow source as waiting for data, and one that is ready as none', async () => {
    const ready = Array.from({ length: 20 }, (_, number) => makeBatch(number));
    const waitOf = async (delay: number) => {
      let share = Number.NaN;
      const onProgress = (p: Progress) => {
        if (p.kind === 'step') share = p.dataWait;
      };
      async function* batches() {
        for (const batch of ready) {
          if (delay > 0) await setTimeout(delay);
          yield batch;
        }
      }
      await train(tinyRun(await temporaryFolder(), { steps: 20, batches, onProgress }));
      return share;
    };
    expect(await waitOf(0)).toBeLessThan(0.15);
    expect(await waitOf(100)).toBeGreaterThan(0.5);
  });

  test('the same seed gives the same losses to the bit, twice; another seed other ones', async () => {
    const runs = [];
    for (const seed of [3, 3, 4]) {
      const output = await temporaryFolder();
      await train(tinyRun(output, { seed }));
      runs.push(numbersOf(await readMetrics(output)));
    }
    expect(runs[0]).toHaveLength(50);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]); // dropout draws from the run's random numbers
  });

  test('latent weights stay within their clip after every step', async () => {
    const model = new TinyModel();
    const clip = model.binary.weight.clip;
    expect(clip).toBe(1);
    let greatest = 0;
    const look = () => {
      greatest = Math.max(greatest, ...model.binary.weight.variable.dataSync().map(Math.abs));
    };
    await train(
      tinyRun(
        await temporaryFolder(),
        { steps: 20, schedule: { kind: 'constant', rate: 0.3 }, onProgress: look },
        model,
      ),
    );
    expect(greatest).toBe(1);
  });

  test('clipping by global norm shortens the update and records the norm before it', async () => {
    const trained = async (overrides: object) => {
      const model = new TinyModel();
      const before = (await stateOf(model)).get('out.weight')!.data as Float32Array;
      const output = await temporaryFolder();
      const run = {
        steps: 1,
        optimizer: { kind: 'sgd', momentum: 0 },
        schedule: { kind: 'constant', rate: 1 },
      } satisfies Partial<TrainOptions<TinyBatch>>;
      await train(tinyRun(output, { ...run, ...overrides }, model));
      const after = (await stateOf(model)).get('out.weight')!.data as Float32Array;
      return {
        moved: after.map((value, i) => value - before[i]),
        norm: numbersOf(await readMetrics(output))[0].gradientNorm,
      };
    };
    const free = await trained({});
    const limit = free.norm / 4;
    const clipped = await trained({ gradientClip: limit });
    expect(clipped.norm).toBe(free.norm);
    // 1e-6: differences of float32 weights of size 0.01 to 0.1.
    clipped.moved.forEach((value, i) => {
      expect(Math.abs(value - free.moved[i] / 4)).toBeLessThan(1e-6);
    });
    expect((await trained({ gradientClip: free.norm * 4 })).moved).toEqual(free.moved);
  });

  test('frozen parameters stay as they are, by module and by group', async () => {
    const model = new TinyModel();
    model.stem.freeze();
    const before = await stateOf(model);
    const optimizer: OptimizerConfig = { kind: 'adam', groups: [{ match: 'out.*', frozen: true }] };
    await train(tinyRun(await temporaryFolder(), { steps: 6, optimizer }, model));
    const changed = [...(await stateOf(model))].filter(
      ([name, { data }]) => String(data) !== String(before.get(name)!.data),
    );
    const names = changed.map(([name]) => name);
    expect(names.filter((name) => name.startsWith('stem') || name.startsWith('out'))).toEqual([]);
    expect(names).toContain('binary.weight');
    expect(names).toContain('norm1.mean');
  });

  test('accumulates: two batches of 6 train as one of 12 does, count their images, and clip their mean', async () => {
    const joined = (number: number): TinyBatch => {
      const [a, b] = [makeBatch(2 * number), makeBatch(2 * number + 1)];
      const images = Float32Array.of(...a.images, ...b.images);
      return { ids: [...a.ids, ...b.ids], images, labels: Int32Array.of(...a.labels, ...b.labels) };
    };
    async function* large(start: number) {
      for (let number = start; ; number++) yield joined(number);
    }
    const lines = [];
    for (const overrides of [{ batches: large }, { accumulate: 2 }]) {
      const [output, model] = [await temporaryFolder(), new TinyModel()];
      for (const norm of [model.norm1, model.norm2]) norm.freeze(); // statistics of a batch would be of its own pictures alone
      const shared = { steps: 8, gradientClip: 0.5, optimizer: { kind: 'sgd' } } as const;
      const result = await train(tinyRun(output, { ...shared, ...overrides }, model));
      expect(result.images).toBe(8 * 12);
      lines.push(numbersOf(await readMetrics(output)));
    }
    for (const [i, one] of lines[0].entries()) {
      expect(lines[1][i].total).toBeCloseTo(one.total, 5);
      expect(lines[1][i].terms.entropy).toBeCloseTo(one.terms.entropy, 5);
      expect(lines[1][i].gradientNorm / one.gradientNorm).toBeCloseTo(1, 4);
    }
    expect(lines[0].some(({ gradientNorm }) => gradientNorm > 0.5)).toBe(true);
  });

  test('evaluates the moving average when there is one, and goes on with the trained weights', async () => {
    const model = new TinyModel();
    let seen: Float32Array | undefined;
    const output = await temporaryFolder();
    const measure = async (m: TinyModel) => {
      seen = Float32Array.from(m.out.weight.variable.dataSync());
      return { value: 1 };
    };
    await train(tinyRun(output, { steps: 10, ema: { decay: 0.9 }, evaluate: measure }, model));
    const checkpoint = await readCheckpoint(output);
    expect(seen).toEqual(checkpoint.ema!.get('out.weight')!.data);
    expect(checkpoint.model.get('out.weight')!.data).toEqual(Float32Array.from(model.out.weight.variable.dataSync()));
    expect(seen).not.toEqual(checkpoint.model.get('out.weight')!.data);
    expect((await readMetrics(output)).find(({ kind }) => kind === 'evaluation')).toMatchObject({ weights: 'ema' });
  });

  test('the moving average changes nothing in training', async () => {
    const [plain, averaged] = [await temporaryFolder(), await temporaryFolder()];
    await train(tinyRun(plain, { steps: 12, evaluateEvery: 5 }));
    await train(tinyRun(averaged, { steps: 12, evaluateEvery: 5, ema: { decay: 0.9 } }));
    expect(numbersOf(await readMetrics(averaged))).toEqual(numbersOf(await readMetrics(plain)));
  });

  test('lines of metrics average over their window, whatever the checkpoints do', async () => {
    const [fine, coarse] = [await temporaryFolder(), await temporaryFolder()];
    await train(tinyRun(fine, { steps: 12 }));
    await train(tinyRun(coarse, { steps: 12, logEvery: 4, statisticsEvery: 4, checkpointEvery: 3 }));
    const totals = numbersOf(await readMetrics(fine)).map(({ total }) => total);
    const means = [0, 4, 8].map((at) => totals.slice(at, at + 4).reduce((sum, value) => sum + value, 0) / 4);
    const lines = numbersOf(await readMetrics(coarse));
    expect(lines.map(({ step }) => step)).toEqual([4, 8, 12]);
    expect(lines.map(({ total }) => total)).toEqual(means);
  });
});

describe('the dry run before step one', () => {
  test('changes neither weights nor running statistics', async () => {
    const model = new TinyModel();
    const before = await stateOf(model);
    const stopped = train(tinyRun(await temporaryFolder(), { signal: AbortSignal.abort() }, model));
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect(await stateOf(model)).toEqual(before);
  });

  test('shows a fault of the evaluation before any step, and leaves the folder free for the next try', async () => {
    const output = await temporaryFolder();
    let steps = 0;
    const onProgress = ({ kind }: Progress) => {
      if (kind === 'step') steps++;
    };
    const broken = async () => {
      throw new Error('no such class');
    };
    await withoutLeak(async () => {
      const model = new TinyModel();
      await expect(train(tinyRun(output, { evaluate: broken, onProgress }, model))).rejects.toThrow('no such class');
      model.dispose();
    });
    expect(steps).toBe(0);
    await train(tinyRun(output, { steps: 6 }));
  });

  test('names the metrics there are when the one for the best is not among them', async () => {
    const run = tinyRun(await temporaryFolder(), { best: { metric: 'acuracy', goal: 'max' } });
    await expect(train(run)).rejects.toThrow('known: accuracy. Did you mean "accuracy"?');
  });

  test('says which parameters the loss does not reach', async () => {
    const model = new TinyModel();
    const notices: string[] = [];
    const onProgress = (p: Progress) => {
      if (p.kind === 'notice') notices.push(p.message);
    };
    const zero = lossOf(model);
    const detached = (batch: TinyBatch, context: LossContext): Loss => ({
      ...zero(batch, context),
      total: tf.mean(tf.square(model.out.bias!.variable)),
    });
    await train(tinyRun(await temporaryFolder(), { lossOf: detached, onProgress, steps: 6 }, model));
    expect(notices.join()).toContain('stem.weight, norm1.gamma');
  });

  test('refuses a loss that is no scalar', async () => {
    const model = new TinyModel();
    const wrong = (): Loss => ({ total: tf.ones([3]), terms: {} });
    await expect(train(tinyRun(await temporaryFolder(), { lossOf: wrong }, model))).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});

describe('a run that must stop', () => {
  /** The loss of every batch from number `from` on is not a number. */
  const poisoned = (model: TinyModel, from: number) => {
    const sound = lossOf(model);
    return (batch: TinyBatch, context: LossContext): Loss => {
      const loss = sound(batch, context);
      return context.step < from ? loss : { ...loss, total: tf.mul(loss.total, Number.NaN) };
    };
  };

  test('diverged: names step, terms and images, keeps the last good checkpoint', async () => {
    const output = await temporaryFolder();
    const model = new TinyModel();
    const run = train(tinyRun(output, { lossOf: poisoned(model, 24) }, model));
    await expect(run).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
    await expect(run).rejects.toThrow(/step 25: .*total NaN \(entropy .*24\/0, 24\/1.*step-000020\.safetensors/s);
    const record = JSON.parse(await readFile(join(output, 'diverged.json'), 'utf8'));
    expect(record).toMatchObject({ step: 25, total: 'NaN', batchIds: makeBatch(24).ids });
    expect((await readCheckpoint(output)).state.step).toBe(20);
    const good = await train(tinyRun(output, { resume: 'auto' }));
    expect(good.step).toBe(50);
  });

  test('diverged in one of several accumulated batches: names the images of all of them', async () => {
    const output = await temporaryFolder();
    const model = new TinyModel();
    const run = train(tinyRun(output, { lossOf: poisoned(model, 12), accumulate: 2 }, model));
    await expect(run).rejects.toThrow(/step 13: .*total NaN .*24\/0, .*25\/5/s);
  });

  test('diverged in the dry run: says so', async () => {
    const model = new TinyModel();
    const run = train(tinyRun(await temporaryFolder(), { lossOf: poisoned(model, 0) }, model));
    await expect(run).rejects.toThrow('the dry run before the first step: loss and gradients must be finite');
  });

  test.each([1, 3])(
    'interrupted (%i batches a step): ends the step, writes a checkpoint, and the resumed run equals an uninterrupted one',
    async (accumulate) => {
      const [whole, parts] = [await temporaryFolder(), await temporaryFolder()];
      const overrides = { evaluateEvery: 7, ema: { decay: 0.95 }, logEvery: 2, statisticsEvery: 4, accumulate };
      const expected = await train(tinyRun(whole, overrides));
      for (const stopAt of [7, 21, 33]) {
        const controller = new AbortController();
        const onProgress = (p: Progress) => {
          if (p.kind === 'step' && p.step === stopAt) controller.abort();
        };
        const run = train(tinyRun(parts, { ...overrides, resume: 'auto', signal: controller.signal, onProgress }));
        await expect(run).rejects.toThrow(`interrupted after step ${stopAt} of 50`);
        expect((await readCheckpoint(parts)).state.step).toBe(stopAt);
      }
      const result = await train(tinyRun(parts, { ...overrides, resume: 'auto' }));
      expect(result.evaluation).toEqual(expected.evaluation);
      expect(numbersOf(await readMetrics(parts))).toEqual(numbersOf(await readMetrics(whole)));
      const evaluations = async (folder: string) =>
        (await readMetrics(folder)).filter(({ kind }) => kind === 'evaluation').map((line) => ({ ...line, time: 0 }));
      expect(await evaluations(parts)).toEqual(await evaluations(whole));
      const [a, b] = [await readCheckpoint(parts), await readCheckpoint(whole)];
      expect({ ...a, state: { ...a.state, seconds: 0 } }).toEqual({ ...b, state: { ...b.state, seconds: 0 } });
      const environment = JSON.parse(await readFile(join(parts, 'environment.json'), 'utf8'));
      expect(environment.resumed.map(({ step }: { step: number }) => step)).toEqual([7, 21, 33]);
    },
  );

  test('a step that leaves tensors behind is an error that names the growth', async () => {
    const model = new TinyModel();
    const sound = lossOf(model);
    const leaked: tf.Tensor[] = [];
    const leaky = (batch: TinyBatch, context: LossContext): Loss => {
      leaked.push(tf.keep(tf.zeros([2])), tf.keep(tf.zeros([2])));
      return sound(batch, context);
    };
    const run = train(tinyRun(await temporaryFolder(), { lossOf: leaky }, model));
    await expect(run).rejects.toThrow(/step 3: the step left 2 more tensors than it found/);
    tf.dispose(leaked);
  });

  test('an evaluation that leaves tensors behind, too', async () => {
    const leaked: tf.Tensor[] = [];
    const leaky = async (model: TinyModel, options: object) => {
      leaked.push(tf.zeros([2]));
      return evaluate(model, options);
    };
    const run = train(tinyRun(await temporaryFolder(), { evaluate: leaky, evaluateEvery: 5 }));
    await expect(run).rejects.toThrow('step 5: evaluate left 1 more tensor than it found');
    tf.dispose(leaked);
  });

  test('batches that end too early', async () => {
    async function* few() {
      for (let i = 0; i < 4; i++) yield makeBatch(i);
    }
    await expect(train(tinyRun(await temporaryFolder(), { batches: few }))).rejects.toThrow('ended before batch 4');
  });

  test('the source is closed whatever happens', async () => {
    let closed = 0;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield makeBatch(i);
      } finally {
        closed++;
      }
    }
    await train(tinyRun(await temporaryFolder(), { steps: 6, batches: source }));
    const model = new TinyModel();
    await train(tinyRun(await temporaryFolder(), { batches: source, lossOf: poisoned(model, 2) }, model)).catch(
      () => undefined,
    );
    expect(closed).toBe(2);
  });
});
