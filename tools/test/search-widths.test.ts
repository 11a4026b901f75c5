import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '@onebit/common';
import { copyLeadingSlices, modelCost, operationRules } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { softCrossEntropy } from '@onebit/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { labelTerms } from '../src/classifier/task.js';
import { holdOut } from '../src/search/widths/data.js';
import type { WidthsDocument } from '../src/search/widths/document.js';
import { WidthSpace } from '../src/search/widths/space.js';
import { sandwichLoss } from '../src/search/widths/supernet.js';
import { gratings, pictureFolder, tinyClassifier } from './support/classifiers.js';
import { onebit } from './support/cli.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const data = gratings();
const { classes } = data.train;

/** Stages of 8, 16 and 32 channels at multiplier 1. */
const spaceOf = async (choices: readonly number[]) => new WidthSpace(await tinyClassifier(), classes, choices);

beforeAll(async () => {
  await selectBackend('cpu');
});

describe('the space', () => {
  test('leaves out multipliers that give the channels of one nearer to them', async () => {
    const space = await spaceOf([0.5, 1, 1.25, 1.5, 2]);
    expect(space.stages.map((choices) => choices.map(({ channels }) => channels))).toEqual([
      [8, 16],
      [8, 16, 24, 32],
      [16, 32, 40, 48, 64],
    ]);
    expect(space.widthsOf(space.narrowest)).toEqual([1, 0.5, 0.5]);
    expect(space.widthsOf(space.widest)).toEqual([2, 2, 2]);
    expect(space.uniform.map((genes) => space.widthsOf(genes))).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(space.size).toBe(2 * 4 * 5);
  });

  test('counts a network as `onebit cost` does', async () => {
    const space = await spaceOf([0.5, 1, 2]);
    for (const genes of [space.narrowest, space.widest, [1, 0, 2]]) {
      const model = space.build(genes);
      const { total } = modelCost(model, [1, 12, 12, 3]);
      expect(space.costOf(genes).operations).toBe(operationRules.bireal.measure(total));
      expect(model.backbone.featureInfo.map(({ channels }) => channels)).toEqual(space.channelsOf(genes));
      model.dispose();
    }
  });
});

test('the sandwich: labels teach the widest, its probabilities the narrowest and the drawn ones', async () => {
  const recipe = await tinyClassifier();
  const space = new WidthSpace(recipe, classes, [1, 2]);
  const wide = space.build(space.widest);
  const images = Float32Array.from({ length: 3 * 12 * 12 * 3 }, (_, i) => Math.sin(i));
  const batch = { images, shape: [3, 12, 12, 3], labels: Int32Array.of(3, 0, 1) } as const;
  const context = { training: true, step: 0, progress: 0, random: new Random(4) } as const;
  const tensors = tf.memory().numTensors;
  tf.tidy(() => {
    const { total, terms } = sandwichLoss(wide, space, 2, recipe)(batch, context);
    const draw = new Random(4);
    const drawn = [0, 1].map(() => space.choices.map((count) => draw.int(count)));
    const x = tf.tensor4d(images, [3, 12, 12, 3]);
    const teacher = wide.forward(x, context);
    const losses = [space.narrowest, ...drawn].map((genes) => {
      const narrow = space.build(genes);
      copyLeadingSlices(wide, narrow);
      const loss = softCrossEntropy(narrow.forward(x, context), teacher).arraySync();
      narrow.dispose();
      return loss;
    });
    const ofLabels = labelTerms(teacher, batch.labels, recipe.loss).class.arraySync();
    expect(terms.class.arraySync()).toBeCloseTo(ofLabels, 5);
    expect(terms.narrowest.arraySync()).toBeCloseTo(losses[0], 5);
    expect(terms.random.arraySync()).toBeCloseTo(losses[1] + losses[2], 5);
    expect(total.arraySync()).toBeCloseTo(ofLabels + losses[0] + losses[1] + losses[2], 4);
  });
  expect(tf.memory().numTensors).toBe(tensors);
  wide.dispose();
});

test('pictures to measure candidates on are of the training split and never trained on', async () => {
  const recipe = await tinyClassifier();
  const { train, heldOut } = holdOut(data.train, 100, recipe);
  expect(heldOut.samples).toHaveLength(100);
  const ids = [...train.samples, ...heldOut.samples].map(({ id }) => id);
  expect(ids.sort()).toEqual(data.train.samples.map(({ id }) => id).sort());
  expect(holdOut(data.train, 100, recipe)).toEqual({ train, heldOut });
  expect(() => holdOut(data.train, 500, recipe)).toThrow(/--held-out must leave a batch of 16 of the 512 pictures/);
});

describe.skipIf(!hasNative())('onebit search widths', () => {
  let pictures: string;
  beforeAll(async () => {
    pictures = `images:${await pictureFolder(data, join(folder, 'pictures'))}`;
  });

  const settings = {
    'model.backbone': 'resnet8',
    'model.width': 0.5,
    'model.imageSize': 12,
    'train.steps': 1,
    'train.batchSize': 16,
    'train.schedule': { kind: 'constant', rate: 5e-3 },
  };
  const sets = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]);
  const small = ['--steps', '4', '--held-out', '60', '--recalibrate', '2', '--choices', '1,1.5,2'];
  const evolution = ['--initial', '4', '--rounds', '1', '--offspring', '1'];
  const machine = ['--backend', 'native', '--threads', '1', '--workers', '0'];
  const search = (out: string, ...more: string[]) => [
    ...['search', 'widths', 'resnet20-cls', '-d', pictures, '-o', join(folder, out)],
    ...[...small, ...evolution, ...machine, ...sets, ...more],
  ];
  const result = async (out: string) =>
    JSON.parse(await readFile(join(folder, out, 'widths.json'), 'utf8')) as WidthsDocument;

  test('finds recipes that can be trained and cost what it says; stopped or killed, it ends with the same', {
    timeout: 60_000,
  }, async () => {
    const whole = await runMain(search('whole', '--json'));
    expect([whole.code, whole.stderr]).toEqual([0, expect.stringContaining('candidates 6/6')]);
    const document = JSON.parse(whole.stdout) as WidthsDocument;
    expect(document).toEqual(await result('whole'));
    expect(document.candidates).toHaveLength(6);
    expect(await readFile(join(folder, 'whole', 'widths.svg'), 'utf8')).toContain('one multiplier');

    for (const { recipe, operations } of [document.front[0], document.front[document.front.length - 1]]) {
      const counted = await runMain(['cost', join(folder, 'whole', recipe), '--classes', '4', '--json']);
      const { operations: rules } = JSON.parse(counted.stdout) as { operations: { rule: string; value: number }[] };
      expect(rules.find(({ rule }) => rule === 'bireal')?.value).toBe(operations);
    }
    const run = join(folder, 'trained');
    const trained = await runMain([
      'train',
      join(folder, 'whole', document.front[0].recipe),
      '-o',
      run,
      '--workers',
      '0',
    ]);
    expect([trained.code, trained.stdout]).toEqual([0, expect.stringContaining('at step 1')]);

    const stopped = await onebit(search('stopped'), {
      onLine: (line, child) => void (line.startsWith('candidates') && child.kill('SIGINT')),
    });
    expect([stopped.code, stopped.stderr]).toEqual([
      1,
      expect.stringMatching(/interrupted after \d candidates?, .* run again with --resume/),
    ]);
    expect((await runMain(search('stopped', '--resume'))).code).toBe(0);
    expect(await result('stopped')).toEqual(document);

    // What a kill leaves: some scores, and the state of the supernet's run at its last checkpoint.
    await cp(join(folder, 'whole'), join(folder, 'killed'), { recursive: true });
    const scores = await readdir(join(folder, 'killed', 'scores'));
    for (const name of scores.slice(3)) await rm(join(folder, 'killed', 'scores', name));
    for (const name of ['widths.json', 'recipes']) await rm(join(folder, 'killed', name), { recursive: true });
    expect((await runMain(search('killed', '--resume'))).code).toBe(0);
    expect(await result('killed')).toEqual(document);
  });

  test('refuses a folder with a search, or with another one', async () => {
    const again = await runMain(search('whole'));
    expect(again.stderr).toMatch(/already holds a search; .* continue that search with --resume \[ERR_OUTPUT\]/);
    const other = await runMain(search('whole', '--resume', '--rounds', '2'));
    expect(other.stderr).toMatch(/Differing: settings\.rounds: 1 there, 2 now\. .*\[ERR_RECIPE\]/);
  });

  test.each([
    [['--budget', '900-1000'], /--budget must meet networks of the space, which have [\d.]+ to [\d.]+ M operations/],
    [['--budget', '3'], /--budget must be LOW-HIGH in million operations with LOW below HIGH, such as 5-15, got 3/],
    [['--choices', '1'], /--choices must be at least two different multipliers above 0 and at most 8, .* got 1/],
    [['--mutation', '0'], /--mutation must be a number above 0 and at most 1, got 0/],
    [['--offspring', '0'], /--offspring must be a whole number of at least 1, got 0/],
    [['--held-out', '70'], /--held-out must leave a batch of 16/],
    [['--set', 'model.backbone=nin'], /model\.backbone must be a ResNet, got nin/],
    [['--set', 'model.stageWidths=[1,1,1]'], /model\.stageWidths must be null, the search sets it; got \[1, 1, 1\]/],
    [['--set', 'train.recompute=true'], /train\.recompute must be false/],
    [['--method', 'bonn'], /every parameter must be read in the forward pass, .* cannot share weights/],
    [['--method', 'lab'], /must be a plain parameter, its method keeps the curvature/],
  ])('refuses %j before step one', async (more, message) => {
    const { code, stderr } = await runMain(search('refused', ...more));
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(await readdir(folder)).not.toContain('refused');
  });

  test('knows its kinds', async () => {
    const { stderr } = await runMain(['search', 'depths', 'resnet20-cls']);
    expect(stderr).toMatch(/unknown name "depths"; known: cells, widths/);
    const detector = await runMain(['search', 'widths', 'demo-binary', '-d', pictures]);
    expect(detector.stderr).toMatch(/must be a recipe for classification, demo-binary is one for detection/);
  });
});
