import { selectBackend } from '@onebit/tfjs-backend-native';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClassifier } from '../src/classifier/build.js';
import type { ClassificationRecipe } from '../src/recipes/classification.js';
import { loadRecipe } from '../src/recipes/load.js';
import type { Recipe } from '../src/recipes/schema.js';
import { stageNames, withStages } from '../src/stages/presets.js';
import { resolveStages } from '../src/stages/resolve.js';
import { gratings, pictureFolder, tinyClassifier } from './support/classifiers.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const precisionsOf = (recipe: Recipe) => resolveStages(recipe).map(({ recipe: { model } }) => model.precision);

describe('stages by name', () => {
  beforeAll(async () => {
    await selectBackend('cpu');
  });

  test.each(stageNames)('%s ends with the recipe itself', async (name) => {
    const recipe = await tinyClassifier({ 'model.precision': 'reactnet' });
    const stages = resolveStages(withStages(recipe, name));
    const { name: _, train, ...last } = stages.at(-1)!.recipe;
    expect(recipe).toMatchObject(last);
    expect({ ...train, schedule: { ...train.schedule, rate: recipe.train.schedule.rate } }).toEqual(recipe.train);
    expect(stages.at(-1)?.from).toBeUndefined(); // it begins with the stage before
    for (const stage of stages) buildClassifier(stage.recipe as ClassificationRecipe, ['a', 'b']).dispose();
  });

  test('binarize one side first, wherever the recipe is binary', async () => {
    const plan = [
      { match: '**', precision: { method: 'bireal', padValue: 1 } },
      { match: 'backbone.stage1.**', precision: 'float' },
    ];
    const recipe = await tinyClassifier({ 'model.precision': plan });
    const [first, last] = precisionsOf(withStages(recipe, 'two-stage'));
    const real = { match: '**', precision: { method: 'bireal', padValue: 1, weights: 'real' } };
    expect([first, last]).toEqual([[real, plan[1]], plan]);
    const decays = (changes: Readonly<Record<string, unknown>>) =>
      tinyClassifier(changes).then((other) =>
        resolveStages(withStages(other, 'two-stage')).map(({ recipe: { train } }) => train.optimizer),
      );
    expect(await decays({})).toMatchObject([{ weightDecay: 5e-6 }, { weightDecay: 0 }]);
    expect(await decays({ 'train.optimizer.weightDecay': 1e-4 })).toMatchObject([
      { weightDecay: 1e-4 },
      { weightDecay: 1e-4 },
    ]);
    const other = await tinyClassifier({ 'model.precision': 'xnor' });
    expect(precisionsOf(withStages(other, 'weights-first'))).toEqual([{ method: 'xnor', activations: 'real' }, 'xnor']);
    expect(precisionsOf(withStages(other, 'progressive'))).toEqual([
      'dorefa-8bit',
      'dorefa-4bit',
      'dorefa-2bit',
      'xnor',
    ]);
  });

  test('real2binary teaches each stage by the one before', async () => {
    const recipe = await tinyClassifier({ 'model.precision': 'real2binary' });
    const stages = resolveStages(withStages(recipe, 'real2binary'));
    expect(stages.map(({ teacher, from }) => [teacher, from])).toEqual([
      [undefined, undefined],
      ['real', 'scratch'],
      ['real-blocks', 'scratch'],
      ['activations', undefined],
    ]);
    const { rate } = recipe.train.schedule;
    expect(stages.at(-1)?.recipe.train.schedule.rate).toBeCloseTo(0.2 * rate, 10);
  });

  test('are refused where they have no meaning', async () => {
    const real = await tinyClassifier({ 'model.precision': 'float' });
    for (const name of stageNames) {
      expect(() => withStages(real, name)).toThrow(/stages end with a binary network, got float; choose a method/);
    }
    const detector = await loadRecipe('demo-binary');
    expect(() => withStages(detector, 'real2binary')).toThrow(
      /must be a recipe for classification, demo-binary .*; detectors have two-stage, weights-first, progressive/,
    );
    expect(resolveStages(withStages(detector, 'two-stage'))).toHaveLength(2);
  });
});

test.skipIf(!hasNative())('onebit train --stages trains all of them', { timeout: 30_000 }, async () => {
  const pictures = await pictureFolder(gratings(), `${folder}/pictures`);
  const sets = ['model.backbone=resnet8', 'model.width=0.5', 'model.imageSize=12', 'train.steps=2'];
  const { code, stderr, stdout } = await runMain([
    'train',
    'resnet20-cls',
    ...['--method', 'real2binary', '--stages', 'real2binary', '-d', `images:${pictures}`, '-o', `${folder}/run`],
    ...['--backend', 'native', '--workers', '0', '--json'],
    ...[...sets, 'train.schedule.warmup.steps=1', 'train.batchSize=8'].flatMap((set) => ['--set', set]),
  ]);
  expect([code, stderr]).toEqual([0, expect.anything()]);
  expect(JSON.parse(stdout).stages.at(-1)).toMatchObject({ name: 'binary', run: `${folder}/run/4-binary`, step: 2 });
});
