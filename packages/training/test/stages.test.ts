import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadState, type PrecisionPlan } from '@onebit/nn';
import { softmaxCrossEntropy, tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import {
  type LossContext,
  type PlannedStage,
  planStages,
  type Resume,
  readCheckpoint,
  readMetrics,
  runStages,
  type Stage,
  type StrategyTerm,
  Supervision,
  train,
} from '../src/index.js';
import { numbersOf, temporaryFolder } from './helpers.js';
import { type TinyBatch, TinyModel, tinyRun } from './tiny.mjs';

interface TinyStage extends Stage {
  readonly plan: string | PrecisionPlan;
  readonly rate: number;
  readonly terms?: readonly StrategyTerm[];
}

const binary = (options: object): PrecisionPlan => [{ match: 'binary', precision: { method: 'bnn', ...options } }];
const steps = 16;

/** Real-to-Binary's sequence: a real teacher, binary activations that learn from it, then binary weights that learn from those. */
const sequence: TinyStage[] = [
  { name: 'real', from: 'scratch', plan: 'float', rate: 0.02 },
  {
    name: 'activations',
    from: 'scratch',
    teacher: 'real',
    plan: binary({ weights: 'real' }),
    rate: 0.02,
    terms: [
      { kind: 'attention', weight: 3, match: 'norm*' },
      { kind: 'logits', weight: 1 },
    ],
  },
  {
    name: 'weights',
    teacher: 'activations',
    plan: binary({}),
    rate: 0.01,
    terms: [{ kind: 'logits', weight: 0.8 }],
  },
];

async function load(model: TinyModel, folder: string): Promise<void> {
  loadState(model, (await readCheckpoint(folder)).model, { strict: false });
}

/** Trains a stage; `signal` ends it after a step. */
async function trainStage(
  { stage, folder, initial, teacher }: PlannedStage<TinyStage>,
  resume: Resume,
  stopAt?: number,
) {
  const model = new TinyModel({ plan: stage.plan });
  const network = new TinyModel({ plan: sequence.find(({ name }) => name === stage.teacher)?.plan });
  if (teacher) await load(network, teacher);
  const supervision = new Supervision(model, stage.terms ?? [], { network });
  const stop = new AbortController();
  return train<TinyBatch>(
    tinyRun(
      folder,
      {
        steps,
        schedule: { kind: 'cosine', rate: stage.rate },
        resume,
        initialize: async () => (initial ? load(model, initial) : undefined),
        lossOf: ({ images, labels }: TinyBatch, context: LossContext) => {
          const input = tf.tensor4d(images, [labels.length, 4, 4, 2]);
          const { logits, terms } = supervision.forward(input, context);
          const label = tf.mean(softmaxCrossEntropy(logits as tf.Tensor2D, tf.tensor1d(labels, 'int32'))) as tf.Scalar;
          return { total: tf.addN([label, ...Object.values(terms)]), terms: { label, ...terms } };
        },
        signal: stop.signal,
        onProgress: (progress) => {
          if (progress.kind === 'step' && progress.step === stopAt) stop.abort();
        },
      },
      model,
    ),
  );
}

describe('stages', () => {
  test('plan: folders, weights and teachers by name', () => {
    expect(planStages(sequence)).toMatchObject([
      { folder: '1-real', initial: undefined, teacher: undefined },
      { folder: '2-activations', initial: undefined, teacher: '1-real' },
      { folder: '3-weights', initial: '2-activations', teacher: '2-activations' },
    ]);
    expect(() => planStages([])).toThrow(/at least one/);
    expect(() => planStages([{ name: 'a' }, { name: 'a' }])).toThrow(/twice/);
    expect(() => planStages([{ name: 'a/b' }])).toThrow(/letters/);
    expect(() => planStages([{ name: 'a', teacher: 'b' }, { name: 'b' }])).toThrow(/stages.0.teacher/);
  });

  test('run one after another; killed anywhere and resumed they give the same numbers', async () => {
    const [whole, broken] = [await temporaryFolder(), await temporaryFolder()];
    const results = await runStages({ stages: sequence, output: whole, trainStage });
    expect(results.map(({ folder }) => folder)).toEqual(planStages(sequence).map(({ folder }) => join(whole, folder)));
    const chance = 1 / 3;
    expect(results.at(-1)!.result.evaluation!.metrics.accuracy).toBeGreaterThan(chance);

    const attempts = [
      { stage: 'real', stopAt: 5 },
      { stage: 'activations', stopAt: 1 },
      { stage: 'activations', stopAt: 15 },
      { stage: 'weights', stopAt: 10 },
    ];
    for (const { stage, stopAt } of attempts) {
      const interrupted = runStages({
        stages: sequence,
        output: broken,
        resume: 'auto',
        trainStage: (place, resume) => trainStage(place, resume, place.stage.name === stage ? stopAt : undefined),
      });
      await expect(interrupted).rejects.toThrow(/interrupted after step/);
    }
    const trained: string[] = [];
    const resumed = await runStages({
      stages: sequence,
      output: broken,
      resume: 'auto',
      trainStage: (place, resume) => {
        trained.push(place.stage.name);
        return trainStage(place, resume);
      },
    });
    expect(trained).toEqual(['weights']); // the others were finished
    for (const [i, { folder, result }] of resumed.entries()) {
      expect(result.evaluation).toEqual(results[i].result.evaluation);
      expect(numbersOf(await readMetrics(folder))).toEqual(numbersOf(await readMetrics(results[i].folder)));
      const [a, b] = await Promise.all([readCheckpoint(folder), readCheckpoint(results[i].folder)]);
      expect(a.model).toEqual(b.model);
    }
  });

  test('refuse a folder that holds stages, or others', async () => {
    const output = await temporaryFolder();
    const result = { step: 1, images: 1, seconds: 1, checkpoint: 'x' };
    const done = async () => result;
    await runStages({ stages: [{ name: 'a' }], output, trainStage: done });
    expect(JSON.parse(await readFile(join(output, 'stages.json'), 'utf8'))).toEqual({ stages: [{ name: 'a' }] });
    await expect(runStages({ stages: [{ name: 'a' }], output, trainStage: done })).rejects.toThrow(
      /already holds stages/,
    );
    const other = runStages({ stages: [{ name: 'b' }], output, resume: 'auto', trainStage: done });
    await expect(other).rejects.toThrow(/Differing: stages/);
  });
});
