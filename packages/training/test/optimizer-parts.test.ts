import '@tensorflow/tfjs-backend-cpu';
import { Parameter, type ParameterOptions } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import {
  Optimizer,
  type OptimizerPart,
  readCheckpoint,
  type Schedule,
  type SeveralConfig,
  train,
} from '../src/index.js';
import { temporaryFolder, withoutLeak } from './helpers.js';
import { TinyModel, tinyRun } from './tiny.mjs';

const size = 5;
const make = (name: string, options: ParameterOptions): [string, Parameter] => [
  name,
  new Parameter([size], Float32Array.of(0.5, -0.25, 0, -2, 3), options),
];
const some = () => [
  make('stem.weight', { role: 'weight' }),
  make('block.weight', { role: 'latent' }),
  make('block.bias', { role: 'bias' }),
];
const gradients = (names: readonly string[]) => new Map(names.map((name) => [name, tf.ones([size])]));
const moved = ([, parameter]: [string, Parameter]) => 0.5 - parameter.variable.dataSync()[0];

const several = (...parts: OptimizerPart[]): SeveralConfig => ({ kind: 'several', parts });

/** QuickNet's division of labour, with rates that differ. */
const quicknet = several(
  { kind: 'adam', roles: ['latent'], schedule: { kind: 'linear', rate: 0.01 } },
  { kind: 'sgd', momentum: 0.9 },
);
const bop = several(
  { kind: 'bop', roles: ['latent'], gamma: { kind: 'linear', rate: 0.1, end: 0.01 }, threshold: 1e-5 },
  { kind: 'adam' },
);

describe('several optimizers', () => {
  test('each updates its own parameters, by its own rate or that of the run', () => {
    const entries = some();
    const optimizer = new Optimizer(entries, quicknet);
    expect(optimizer.trained.map(([name]) => name)).toEqual(entries.map(([name]) => name));
    const rates = optimizer.ratesAt({ kind: 'constant', rate: 0.1 }, 5, 10);
    expect(rates).toEqual([0.005, 0.1]);
    optimizer.step(gradients(entries.map(([name]) => name)), rates);
    expect(entries.map(moved).map((x) => Number(x.toFixed(5)))).toEqual([0.1, 0.005, 0.1]);
  });

  test('the first part that selects a parameter has it', () => {
    const entries = some();
    const choice = several({ kind: 'sgd', match: 'block.bias' }, { kind: 'adam', match: 'block.*' }, { kind: 'sgd' });
    new Optimizer(entries, choice).step(gradients(['block.bias', 'block.weight', 'stem.weight']), [1, 0.25, 0.125]);
    expect(entries.map(moved).map((x) => Number(x.toFixed(5)))).toEqual([0.125, 0.25, 1]);
  });

  test('parts take turns: each update is for the parameters of one of them', () => {
    const names = (parameters: Optimizer['trained']) => parameters.map(([name]) => name);
    const optimizer = new Optimizer(some(), { ...quicknet, inTurn: true });
    expect([0, 1, 2].map((step) => names(optimizer.trainedAt(step)))).toEqual([
      ['block.weight'],
      ['stem.weight', 'block.bias'],
      ['block.weight'],
    ]);
    expect(names(new Optimizer(some(), quicknet).trainedAt(1))).toEqual(names(optimizer.trained));
  });

  test('groups of a part set what its parameters get', () => {
    const entries = some();
    const choice = several(
      { kind: 'adam', roles: ['latent'] },
      {
        kind: 'sgd',
        groups: [
          { match: 'stem.*', rateFactor: 0.5 },
          { roles: ['bias'], frozen: true },
        ],
      },
    );
    const optimizer = new Optimizer(entries, choice);
    expect(optimizer.trained.map(([name]) => name)).toEqual(['stem.weight', 'block.weight']);
    optimizer.step(gradients(['stem.weight', 'block.bias']), 1);
    expect(entries.map(moved)).toEqual([0.5, 0, 0]);
  });

  test.each<[OptimizerPart[], string]>([
    [[], 'optimizer.parts must have at least one part'],
    [[{ kind: 'adam', roles: ['latent'] }], 'no part selects stem.weight (weight), block.bias (bias)'],
    [[{ kind: 'adam', match: 'head.**' }, { kind: 'sgd' }], 'optimizer.parts[0]: no parameter matches "head.**"'],
    [[{ kind: 'adam' }, { kind: 'sgd', roles: ['latent'] }], 'optimizer.parts[1]: earlier parts take all it selects'],
    [[{ kind: 'adam' }, { kind: 'sdg' as 'sgd' }], 'Did you mean "sgd"?'],
    [[{ kind: 'sgd', groups: [{ match: 'head.**' }] }], 'optimizer.parts[0].groups[0]: no parameter matches'],
  ])('refuses %j', (parts, message) => {
    expect(() => new Optimizer(some(), several(...parts))).toThrow(message);
  });
});

describe('Bop', () => {
  test('starts from signs; an infinite threshold never flips', () => {
    const [latent] = [make('w', { role: 'latent' })];
    const optimizer = new Optimizer([latent], { kind: 'bop', threshold: Number.MAX_VALUE });
    for (let step = 0; step < 3; step++) optimizer.step(gradients(['w']), 1);
    expect(Array.from(latent[1].variable.dataSync())).toEqual([1, -1, 1, -1, 1]);
  });

  test('flips the weights that agree with their gradient', () => {
    const [latent] = [make('w', { role: 'latent' })];
    new Optimizer([latent], { kind: 'bop' }).step(gradients(['w']), 0.5, 0.1);
    expect(Array.from(latent[1].variable.dataSync())).toEqual([-1, -1, -1, -1, -1]);
  });

  test.each<[ParameterOptions, object, string]>([
    [{ role: 'weight' }, {}, 'w is no binary weight (role weight): select it by roles'],
    [{ role: 'latent', clip: 1 }, {}, 'w is clipped to ±1: plan its layer with clip: none'],
    [{ role: 'latent' }, { groups: [{ weightDecay: 0.1 }] }, 'w has weight decay 0.1: leave it out'],
    [{ role: 'latent' }, { weightDecay: 0.1 }, 'neither weightDecay nor schedule: set gamma and threshold'],
    [{ role: 'latent' }, { gamma: 2 }, 'gamma must be in (0, 1], got 2'],
    [{ role: 'latent' }, { threshold: -1 }, 'threshold must be a number of 0 or more'],
  ])('refuses parameter %j with %j', (options, config, message) => {
    expect(() => new Optimizer([make('w', options)], { kind: 'bop', ...config })).toThrow(message);
  });
});

describe('train with several optimizers', () => {
  const plan = [{ match: 'binary', precision: { method: 'bnn', clip: 'none' } }];
  const cases = { quicknet, bop };

  test.each(Object.entries(cases))(
    '%s learns with accumulation and clipping, without leaks',
    async (_name, optimizer) => {
      const output = await temporaryFolder();
      const model = new TinyModel({ plan } as object);
      await withoutLeak(async () => {
        const options = { optimizer, steps: 60, accumulate: 2, gradientClip: 1 };
        const result = await train(tinyRun(output, options, model));
        expect(result.evaluation!.metrics.accuracy).toBeGreaterThan(0.8);
      });
      const binary = model.binary.weight.variable.dataSync();
      if (optimizer === bop) expect(new Set(binary)).toEqual(new Set([1, -1]));
    },
  );

  test.each(Object.entries(cases))('%s, resumed, ends in the same state to the bit', async (_name, optimizer) => {
    const [whole, parted] = [await temporaryFolder(), await temporaryFolder()];
    const options = { optimizer, steps: 16, accumulate: 2, gradientClip: 1 };
    await train(tinyRun(whole, options, new TinyModel({ plan } as object)));
    const stop = new AbortController();
    const onProgress = (progress: { kind: string; step?: number }) => {
      if (progress.kind === 'step' && progress.step === 7) stop.abort();
    };
    const part = { ...options, onProgress, signal: stop.signal };
    await expect(train(tinyRun(parted, part, new TinyModel({ plan } as object)))).rejects.toThrow('interrupted');
    await train(tinyRun(parted, { ...options, resume: 'auto' }, new TinyModel({ plan } as object)));
    const [a, b] = [await readCheckpoint(whole), await readCheckpoint(parted)];
    expect(b.model).toEqual(a.model);
    expect(b.optimizer).toEqual(a.optimizer);
  });

  test('a schedule of a part that the run has no steps for fails before any work', async () => {
    const schedule: Schedule = { kind: 'step', rate: 0.1, gamma: 0.1, milestones: [70] };
    const optimizer = several({ kind: 'sgd', roles: ['norm'] }, { kind: 'adam', schedule });
    await expect(train(tinyRun(await temporaryFolder(), { optimizer }))).rejects.toThrow(
      'optimizer.parts[1].schedule: milestones',
    );
  });
});
