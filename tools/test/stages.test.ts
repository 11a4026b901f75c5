import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint } from '@onebit/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadRecipe } from '../src/recipes/load.js';
import { resolveStages } from '../src/stages/resolve.js';
import { trainStages } from '../src/stages/train.js';
import { gratings, pictureFolder, quietOutput, tinyClassifier } from './support/classifiers.js';
import { onebit } from './support/cli.js';
import { runMain } from './support/in-process.js';
import { hasNative, numbersOf, scratchFolder, tinySettings } from './support/runs.js';

const native = hasNative();
const folder = await scratchFolder();
const real = { method: 'bireal', weights: 'real' };

describe('the stages of a recipe', () => {
  const resolve = async (stages: readonly object[], changes: object = {}) =>
    resolveStages(await tinyClassifier({ ...changes, stages }));

  test('are recipes with changes: paths, merged objects, values that choose a form', async () => {
    const [first, second] = await resolve(
      [
        { name: 'a', set: { 'model.precision': real, train: { steps: 7, schedule: { rate: 0.5 } } } },
        { name: 'b', teacher: { stage: 'a' }, set: { train: { optimizer: { kind: 'sgd' } } } },
      ],
      { init: { from: 'somewhere' } },
    );
    const base = await tinyClassifier({});
    expect(first.recipe).toEqual({
      ...base,
      name: 'resnet20-cls 1/2 a',
      init: { from: 'somewhere', checkpoint: 'best', match: '**' },
      model: { ...base.model, precision: real },
      train: { ...base.train, steps: 7, schedule: { ...base.train.schedule, rate: 0.5 } },
    });
    const sgd = { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 };
    expect(second.recipe).toEqual({ ...base, name: 'resnet20-cls 2/2 b', train: { ...base.train, optimizer: sgd } });
    const terms = [{ kind: 'logits', temperature: 1, weight: 1 }];
    expect(second).toMatchObject({ teacher: 'a', lessons: { checkpoint: 'best', labels: 1, terms } });
  });

  test.each<[readonly object[], RegExp]>([
    [[], /stages: expected array to have >=1 items/],
    [[{ nam: 'a' }], /stages\.0: unknown key "nam"; known: name, from, set, teacher\. Did you mean "name"\?/],
    [[{ name: 'a' }, { name: 'a' }], /stages\.1\.name: "a" is there twice/],
    [[{ name: 'a' }, { name: 'b', from: 'c' }], /stages\.1\.from.*"c".*a/],
    [[{ name: 'a', teacher: { stage: 'a' } }], /stages\.0\.teacher.*"a"/],
    [[{ name: 'a', set: { 'train.stps': 3 } }], /stages\.0\.set\.train\.stps: unknown name "stps".*mean "steps"\?/],
    [
      [{ name: 'a', set: { train: { schedule: { rat: 3 } } } }],
      /stages\.0\.set\.train\.schedule\.rat: unknown name "rat"/,
    ],
    [[{ name: 'a', set: { 'train.steps': 0 } }], /stages\.0\.set: train\.steps: expected number to be >0, got 0/],
    [[{ name: 'a', set: { 'train.steps.more': 1 } }], /train\.steps has no keys to set/],
    [[{ name: 'a', set: { init: { from: 'x' } } }], /stages\.0\.set: a stage cannot change init: .*from says it/],
  ])('%j are refused', async (stages, message) => {
    await expect(resolve(stages)).rejects.toThrow(message);
  });
});

describe.skipIf(!native)('onebit train on a recipe with stages', () => {
  let pictures: string;
  const recipeFile = join(folder, 'staged.json');
  const stages = [
    { name: 'activations', set: { 'model.precision': real, 'train.steps': 12 } },
    { name: 'weights', teacher: { stage: 'activations' }, set: { 'train.schedule.rate': 0.005, 'train.ema': 0.9 } },
  ];
  const place = (name: string) => ['-o', join(folder, name), '--backend', 'native', '--threads', '2', '--workers', '0'];
  const train = (name: string, ...more: string[]) => [
    'train',
    recipeFile,
    '-d',
    `images:${pictures}`,
    ...place(name),
    ...more,
  ];

  beforeAll(async () => {
    pictures = await pictureFolder(gratings(), join(folder, 'pictures'));
    const recipe = await tinyClassifier({
      'train.steps': 40,
      'train.checkpointEvery': 5,
      'train.batchSize': 8,
      stages,
    });
    await writeFile(recipeFile, JSON.stringify(recipe));
    const { code, stdout, stderr } = await runMain(train('whole'));
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/resnet20-cls 1\/2 activations.*resnet20-cls 2\/2 weights/s),
    ]);
    expect(stdout).toMatch(
      /2-weights.*init\.json.*activations: best top-1 .*weights: best top-1 .*next {4}onebit eval/s,
    );
  }, 60_000);

  test('makes a run of each, from and with the one before', async () => {
    const [first, second] = ['1-activations', '2-weights'].map((name) => join(folder, 'whole', name));
    const config = JSON.parse(await readFile(join(second, 'config.json'), 'utf8'));
    expect(config.recipe).toMatchObject({ init: { from: first }, teacher: { run: first } });
    const lines = (await numbersOf(second)).metrics;
    expect(Object.keys((lines[0] as { terms: object }).terms)).toEqual(['class', 'logits']);
    const { loaded, missing } = JSON.parse(await readFile(join(second, 'init.json'), 'utf8'));
    expect([loaded.length > 20, missing]).toEqual([true, []]);
    expect((await readCheckpoint(first)).state.step).toBe(12);
    expect((await readCheckpoint(second)).state.step).toBe(40);
  });

  /** Kills a training as soon as it has written a checkpoint of stage 2. */
  function killedAt(step: number) {
    const checkpoint = join(folder, `killed/2-weights/checkpoints/step-0000${step}.safetensors`);
    let timer: NodeJS.Timeout | undefined;
    const onLine = (_: string, child: ChildProcess) => {
      timer ??= setInterval(() => existsSync(checkpoint) && child.kill('SIGKILL'), 2);
    };
    return onebit(train('killed'), { onLine }).finally(() => clearInterval(timer));
  }

  /** Goes on with it, and stops it as Ctrl-C does after a step of stage 2. */
  async function stoppedAt(step: number): Promise<unknown> {
    const recipe = await loadRecipe(recipeFile, [['data.dataset', `images:${pictures}`]]);
    const controller = new AbortController();
    const output = quietOutput();
    output.progress = (title) => ({
      update: (done) => title.endsWith('2/2 weights') && done === step && controller.abort(),
      finish: () => {},
    });
    const place = { folder: join(folder, 'killed'), resume: true, workers: 0, output };
    return trainStages(recipe, { ...place, signal: controller.signal });
  }

  test('killed and stopped in stage 2, then resumed, it has the same numbers', { timeout: 30_000 }, async () => {
    expect((await killedAt(10)).signal).toBe('SIGKILL');
    expect(existsSync(join(folder, 'killed/2-weights/summary.json'))).toBe(false);

    const refused = await runMain(train('killed'));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/already holds stages; .*with --resume/)]);
    const other = await runMain(train('killed', '--resume', '--set', 'train.clipNorm=3'));
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringMatching(/holds other stages.*stages\.0\.recipe\.train\.clipNorm: null there, 3 now/),
    ]);

    await expect(stoppedAt(33)).rejects.toThrow(/interrupted after step 33 of 40/);
    const resumed = await runMain(train('killed', '--resume'));
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringMatching(/2-weights: resumed at step 33 of 40/)]);
    for (const name of ['1-activations', '2-weights']) {
      expect(await numbersOf(join(folder, 'killed', name))).toEqual(await numbersOf(join(folder, 'whole', name)));
    }
  });

  test('is evaluated, asked, learnt from and begun with by its last finished stage', async () => {
    const whole = join(folder, 'whole');
    const scored = await runMain(['eval', whole, '--json', '--backend', 'native']);
    expect(JSON.parse(scored.stdout)).toMatchObject({ run: join(whole, '2-weights') });
    const [first] = JSON.parse(await readFile(join(whole, '2-weights/eval-val-best.json'), 'utf8')).images;
    const asked = await runMain([
      'predict',
      whole,
      join(pictures, 'val', first.id),
      '--json',
      '-o',
      join(folder, 'asked'),
      '--backend',
      'native',
    ]);
    expect(JSON.parse(asked.stdout)).toMatchObject({ run: join(whole, '2-weights') });
    const unfinished = join(folder, 'unfinished');
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'stages.json'), JSON.stringify({ stages: [{ name: 'a' }] }));
    const refused = await runMain(['eval', unfinished]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/none of its stages has come to its end/),
    ]);
  });

  test('finds faults of later stages before step one', async () => {
    const faulty = async (name: string, last: object) => {
      const run = await runMain(train(name, '--set', `stages=${JSON.stringify([stages[0], last])}`));
      expect(existsSync(join(folder, name))).toBe(false);
      return run.stderr;
    };
    const hint = [{ kind: 'hint', weight: 1, match: 'neck.*' }];
    expect(await faulty('a', { name: 'b', teacher: { stage: 'activations', terms: hint } })).toMatch(
      /"neck\.\*" in the forward/,
    );
    expect(await faulty('a', { name: 'b', set: { 'model.precision': 'bireel' } })).toMatch(/unknown name "bireel"/);
    expect(await faulty('a', { name: 'b', set: { 'train.batchSize': 1000 } })).toMatch(/batch/);
    expect(await faulty('a', { name: 'b', teacher: { stage: 'activations' }, set: { 'model.imageSize': 16 } })).toMatch(
      /teacher: must have the student's picture size/,
    );
  });

  test('is for onebit train alone', async () => {
    const { code, stderr } = await runMain(['search', 'widths', recipeFile]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/has the key stages, which is for onebit train/)]);
  });

  test('trains detectors in stages, too', { timeout: 30_000 }, async () => {
    const shapes = join(folder, 'shapes');
    await runMain(['dataset', 'make', '--shapes', '-o', shapes, '--part', 'train=12', '--part', 'val=4']);
    const detector = [{ name: 'real', set: { 'model.precision': 'float' } }, { name: 'binary' }];
    const { code, stderr, stdout } = await runMain([
      'train',
      'demo-binary',
      ...['-d', `generated:${shapes}`, ...place('detector')],
      ...tinySettings({
        stages: detector,
        'model.bottleneck': null,
        'train.steps': 2,
        'train.schedule.warmup.steps': 1,
      }),
    ]);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(stdout).toMatch(/1-real \(step 2\): \d+ of \d+ tensors taken over.*binary: best mAP/s);
    const taught = [{ name: 'real' }, { name: 'binary', teacher: { stage: 'real' } }];
    const refused = await runMain(['train', 'demo-binary', ...place('no'), ...tinySettings({ stages: taught })]);
    expect(refused.stderr).toMatch(/stages\.1: unknown key "teacher"; known: name, from, set/);
  });
});
