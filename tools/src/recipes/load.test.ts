import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DetectionRecipeInput } from './detection.js';
import { loadDetectionRecipe, loadRecipe, parseOverride } from './load.js';
import { parseRecipe } from './schema.js';
import { recipes } from './table.js';

async function recipeFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onebit-recipe-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'mine.json');
  await writeFile(path, content);
  return path;
}

describe('the table of recipes', () => {
  test.each(Object.keys(recipes))('%s is complete', async (name) => {
    const recipe = await loadRecipe(name);
    expect(recipe.name).toBe(name);
    expect(recipe.about).not.toBe('');
    // What a run records must be read again as the same recipe.
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)), 'recorded')).toEqual(recipe);
  });

  test('the twins of the demo differ in precision, BiDet’s terms and learning rate alone', async () => {
    const [binary, float] = [await loadDetectionRecipe('demo-binary'), await loadDetectionRecipe('demo-float')];
    const common = ({ name, about, model, train, ...others }: typeof binary) => ({
      ...others,
      model: { ...model, precision: '', bottleneck: null },
      train: { ...train, schedule: { ...train.schedule, rate: 1 } },
    });
    expect(common(binary)).toEqual(common(float));
    expect(binary.model.precision).not.toEqual(float.model.precision);
  });

  test('a detector’s recipe from before there were other tasks is read as it stands, so that its run resumes', () => {
    const { clipNorm, ...train } = recipes['demo-float'].train;
    const optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    const recorded = {
      ...recipes['demo-float'],
      train: { ...train, clipNorm, optimizer, accumulate: 1, recompute: false, matmul: 'fp32' },
    };
    expect(parseRecipe(recorded, 'config.json')).toEqual(recorded);
  });

  test('changes do not reach the table', async () => {
    const before = structuredClone(recipes['demo-binary']);
    await loadRecipe('demo-binary', [['train.steps', 3]]);
    expect(recipes['demo-binary']).toEqual(before);
  });
});

describe('loadRecipe', () => {
  test('applies changes in their order, also inside values that a change gave', async () => {
    const recipe = await loadDetectionRecipe('demo-binary', [
      ['train.steps', 3],
      ['train.steps', 5],
      ['train.optimizer', { kind: 'sgd' }],
      ['train.optimizer.momentum', 0.5],
      ['data.classMap', { kitten: 'cat' }],
      ['model.precision', [{ match: 'backbone.**', precision: 'bidet' }]],
      ['train.schedule', { kind: 'step', rate: 0.1, milestones: [2], gamma: 0.5 }],
    ]);
    expect(recipe.train.steps).toBe(5);
    expect(recipe.train.optimizer).toEqual({ kind: 'sgd', momentum: 0.5, nesterov: false, weightDecay: 0 });
    expect(recipe.data.classMap).toEqual({ kitten: 'cat' });
    expect(recipe.model.precision).toEqual([{ match: 'backbone.**', precision: 'bidet' }]);
    expect(recipe.train.schedule).toMatchObject({ kind: 'step', milestones: [2] });
  });

  test('several optimizers, each with what it trains', async () => {
    const parts = [
      { kind: 'bop', roles: ['latent'], gamma: { kind: 'linear', rate: 1e-4, end: 1e-6 } },
      { kind: 'sgd', schedule: { kind: 'cosine', rate: 0.1 }, groups: [{ match: 'head.**', rateFactor: 2 }] },
    ];
    const { train } = await loadDetectionRecipe('demo-binary', [['train.optimizer', { kind: 'several', parts }]]);
    expect(train.optimizer).toMatchObject({ kind: 'several', parts });
  });

  test('reads a file, and its own path names it', async () => {
    const path = await recipeFile(JSON.stringify({ ...recipes['demo-float'], name: 'mine', seed: 5 }));
    expect(await loadRecipe(path, [['train.steps', 3]])).toMatchObject({ name: 'mine', seed: 5, train: { steps: 3 } });
  });

  test.each([
    ['{"name": ', 'is not JSON'],
    ['[]', 'recipe: expected object, got []'],
    ['5', 'recipe: expected object, got 5'],
    ['null', 'recipe: expected object, got null'],
    [
      '{"nme": "x"}',
      'unknown key "nme"; known: task, name, about, seed, init, stages, model, data, train, evaluation. Did you mean "name"?',
    ],
  ])('a file with %s says: %s', async (content, message) => {
    const path = await recipeFile(content);
    const loaded = loadRecipe(path, content.startsWith('{') ? [] : [['seed', 3]]);
    await expect(loaded).rejects.toMatchObject({ code: 'ERR_RECIPE' });
    await expect(loaded).rejects.toThrow(message);
    await expect(loaded).rejects.toThrow(path);
  });

  test('names a file that is not there, and the recipes it knows', async () => {
    await expect(loadRecipe('nowhere/mine.json')).rejects.toThrow(
      'nowhere/mine.json: the recipe cannot be read (ENOENT)',
    );
    await expect(loadRecipe('demo-binry')).rejects.toThrow(/known: .*demo-binary.*Did you mean "demo-binary"\?/);
    await expect(loadRecipe('toString')).rejects.toMatchObject({ code: 'ERR_UNKNOWN_NAME' });
  });

  test.each<[string, string, unknown]>([
    ['--set train.stps: unknown name "stps"; known: steps,', 'train.stps', 3],
    ['--set nme: unknown name "nme"; known: task, name,', 'nme', 'x'],
    ['--set train.schedule.warmup.stps: unknown name "stps"; known: steps, from', 'train.schedule.warmup.stps', 3],
    ['--set train.optimizer.momentum: unknown name "momentum"; known: kind, beta1,', 'train.optimizer.momentum', 3],
    ['--set train.steps.more: train.steps has no keys to set; give it as JSON', 'train.steps.more', 3],
    ['--set data.classMap.cat: data.classMap has no keys to set; give it as JSON', 'data.classMap.cat', 'x'],
    ['train.optimizer: unknown key "momentm"; known: kind, momentum,', 'train.optimizer', { kind: 'sgd', momentm: 1 }],
    [
      'train.optimizer.parts.1: unknown key "momentm"; known: kind, momentum,',
      'train.optimizer',
      {
        kind: 'several',
        parts: [
          { kind: 'bop', roles: ['latent'] },
          { kind: 'sgd', momentm: 1 },
        ],
      },
    ],
    [
      'train.optimizer.parts.0: unknown key "schedule"; known: kind, gamma, threshold',
      'train.optimizer',
      { kind: 'several', parts: [{ kind: 'bop', schedule: { kind: 'constant', rate: 1 } }] },
    ],
    ['train.recalibrate: expected number to be >0, got 0', 'train.recalibrate', 0],
    ['train.steps: expected number, got "abc"', 'train.steps', 'abc'],
    ['train.steps: expected int, got 3.5', 'train.steps', 3.5],
    ['train.steps: expected number to be >0, got 0', 'train.steps', 0],
    ['data.mean: expected array to have >=3 items, got [1,2]', 'data.mean', [1, 2]],
    ['data.mean.0: expected number, got "a"', 'data.mean', ['a', 2, 3]],
    ['data.augment: expected one of "ssd"|"ssd-official"|"none", got "all"', 'data.augment', 'all'],
    ['data.classMap: expected "voc20", or record, got "voc21"', 'data.classMap', 'voc21'],
    ['model.precision: expected string, or object, or array, got 3', 'model.precision', 3],
    ["train.schedule.kind: expected one of 'constant' | 'step' |", 'train.schedule.kind', 'cosin'],
    ['train.schedule.power: expected number, got nothing', 'train.schedule', { kind: 'poly', rate: 1 }],
    [
      '2 problems:\n  evaluation.metric: ',
      'evaluation',
      { ...(recipes['demo-float'] as DetectionRecipeInput).evaluation, iou: 2, metric: 'coco' },
    ],
  ])('says %s', async (message, path, value) => {
    const loaded = loadRecipe('demo-binary', [[path, value]]);
    await expect(loaded).rejects.toMatchObject({ name: 'OnebitError' });
    await expect(loaded).rejects.toThrow(message);
  });
});

describe('parseOverride', () => {
  test.each<[string, readonly [string, unknown]]>([
    ['train.steps=500', ['train.steps', 500]],
    ['name=my run', ['name', 'my run']],
    ['data.dataset=voc:a=b', ['data.dataset', 'voc:a=b']],
    ['model.bottleneck=null', ['model.bottleneck', null]],
    ['data.classMap={"cat":"animal"}', ['data.classMap', { cat: 'animal' }]],
    ['data.dataset=', ['data.dataset', '']],
  ])('%s', (assignment, expected) => {
    expect(parseOverride(assignment)).toEqual(expected);
  });

  test.each(['train.steps', '=3', ''])('%j is not an assignment', (assignment) => {
    expect(() => parseOverride(assignment)).toThrow('expected KEY=VALUE, for example --set train.steps=500');
  });
});
