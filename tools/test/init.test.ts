import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from '@onebit/common';
import { type AnyModule, inference, stateOf } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { readCheckpoint } from '@onebit/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClassifier } from '../src/classifier/build.js';
import { buildDetector } from '../src/detector/build.js';
import { init as initSchema } from '../src/recipes/common.js';
import { loadDetectionRecipe } from '../src/recipes/load.js';
import { initialize } from '../src/trainer/init.js';
import { gratings, tinyClassifier, trainQuietly } from './support/classifiers.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const folder = await scratchFolder();
const run = join(folder, 'float');
const data = gratings();
const { classes } = data.train;
/** The backbone of the demo's detectors at the smallest width. */
const resnet18 = { 'model.backbone': 'resnet18', 'model.width': 0.125, 'model.stem': 'imagenet', 'train.steps': 6 };

const detector = async (precision: string) =>
  buildDetector(
    await loadDetectionRecipe('demo-float', [
      ['model.width', 0.125],
      ['model.imageSize', 64],
      ['model.precision', precision],
    ]),
    ['circle', 'square'],
  );
const initOf = (from: string, more: object = {}) => initSchema.parse({ from, ...more });

async function backboneOf(model: AnyModule) {
  return Object.fromEntries([...(await stateOf(model))].filter(([name]) => name.startsWith('backbone.')));
}

describe.skipIf(!hasNative())('weights of a trained classifier', () => {
  beforeAll(async () => {
    await selectBackend('native');
    const recipe = await tinyClassifier({ ...resnet18, 'model.precision': 'float' });
    const { model } = await trainQuietly({ recipe, data, folder: run });
    model.dispose();
  });

  test.each(['float', 'bireal'])('are the backbone of a detector (%s), equal to the bit', async (precision) => {
    const model = await detector(precision);
    const report = await initialize(model, initOf(run, { checkpoint: 'latest' }));
    const trained = Object.fromEntries((await readCheckpoint(run, 'latest')).model);
    const backbone = await backboneOf(model);
    expect(Object.keys(backbone).length).toBeGreaterThan(80);
    for (const [name, { data: values }] of Object.entries(backbone)) {
      expect([name, Buffer.compare(Buffer.from(values.buffer), Buffer.from(trained[name].data.buffer))]).toEqual([
        name,
        0,
      ]);
    }
    const names = [...(await stateOf(model)).keys()];
    expect(report).toMatchObject({ from: run, step: 6, reshaped: [], mismatched: [] });
    expect(report.loaded).toEqual(Object.keys(backbone));
    expect([...report.loaded, ...report.missing].sort()).toEqual(names.sort());
    expect(report.unused).toEqual(['head.fc.weight', 'head.fc.bias']);
    model.dispose();
  });

  test('go into another classifier as far as they fit, and each tensor that does not is named', async () => {
    const recipe = await tinyClassifier({ ...resnet18, 'model.precision': 'xnor' });
    const model = buildClassifier(recipe, [...classes, 'one more']);
    const before = (await stateOf(model)).get('head.fc.weight')?.data;
    const report = await initialize(model, initOf(run));
    expect(report.mismatched.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['head.fc.weight', 'head.fc.bias']),
    );
    expect((await stateOf(model)).get('head.fc.weight')?.data).toEqual(before);
    model.dispose();
  });

  test('come from a checkpoint file or any safetensors file, too, reshaped where only the shape differs', async () => {
    const { model: trained } = await readCheckpoint(run, 'latest');
    const weight = trained.get('backbone.stem.conv.weight')!;
    const plain = join(folder, 'plain.safetensors');
    const flat = { ...weight, shape: [weight.data.length] };
    await writeFile(plain, encodeSafetensors(new Map([['backbone.stem.conv.weight', flat]]), {}));
    const model = await detector('float');
    const report = await initialize(model, initOf(plain));
    expect(report.reshaped).toEqual([{ name: 'backbone.stem.conv.weight', expected: weight.shape, found: flat.shape }]);
    const checkpoint = join(run, 'checkpoints', (await readFile(join(run, 'checkpoints/latest'), 'utf8')).trim());
    expect((await initialize(model, initOf(checkpoint))).loaded).toEqual(Object.keys(await backboneOf(model)));
    const stem = await initialize(model, initOf(run, { match: 'backbone.stem.**' }));
    expect(stem.loaded.every((name) => name.startsWith('backbone.stem.'))).toBe(true);
    model.dispose();
  });

  test('that fit nowhere are refused with the nearest names', async () => {
    const model = await detector('float');
    const { model: trained } = await readCheckpoint(run, 'latest');
    const strange = join(folder, 'strange.safetensors');
    const renamed = [...trained]
      .slice(0, 3)
      .map(([name, tensor]) => [name.replace('backbone', 'bakbone'), tensor] as const);
    await writeFile(strange, encodeSafetensors(new Map(renamed), {}));
    const before = await stateOf(model);
    await expect(initialize(model, initOf(strange))).rejects.toThrow(
      /no tensor fits the model .*Nearest: backbone\.stem\.conv\.weight ~ bakbone\.stem\.conv\.weight \[7,7,3,8\]/,
    );
    expect(await stateOf(model)).toEqual(before);
    await expect(initialize(model, initOf(run, { match: 'neck.**' }))).rejects.toThrow(
      /init\.match: "neck\.\*\*" must match tensors of/,
    );
    await expect(initialize(model, initOf(join(folder, 'nowhere')))).rejects.toThrow(
      /nowhere: must be the folder of a run or a safetensors file/,
    );
    model.dispose();
  });

  test('begin a detector by --init, with the report in its folder', async () => {
    const set = await shapesSet(folder, 12, 4);
    const out = join(folder, 'detector');
    const args = ['train', 'demo-float', '-d', set, '-o', out, '--init', run, '--backend', 'native', ...tinySettings()];
    const { code, stdout, stderr } = await runMain(args);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(stdout).toMatch(
      /float \(step 6\): \d+ of \d+ tensors taken over, \d+ new \(.*\), 2 left behind \(head\.fc\.weight, head\.fc\.bias\); every tensor is listed in/,
    );
    const report = JSON.parse(await readFile(join(out, 'init.json'), 'utf8'));
    expect(report.loaded.length).toBeGreaterThan(80);
  });

  test('of BinaryDuo’s coupled network become those of the decoupled one; others cannot', async () => {
    const duo = (precision: string) =>
      tinyClassifier({ 'model.backbone': 'binaryduo-resnet18', 'model.width': 0.125, 'model.precision': precision });
    const coupled = buildClassifier(await duo('binaryduo-coupled'), classes);
    const file = join(folder, 'coupled.safetensors');
    await writeFile(file, encodeSafetensors(await stateOf(coupled)));
    const decoupled = buildClassifier(await duo('binaryduo'), classes);
    const report = await initialize(decoupled, initOf(file, { convert: 'decouple' }));
    expect(report).toMatchObject({ missing: [], unused: [], reshaped: [], mismatched: [] });
    const images = tf.randomNormal<tf.Rank.R4>([3, 64, 64, 3], 0, 1, 'float32', 4);
    const [before, after] = [coupled, decoupled].map((model) =>
      tf.tidy(() => model.forward(images, inference).dataSync<'float32'>()),
    );
    for (const [i, logit] of before.entries()) expect(after[i]).toBeCloseTo(logit, 4);
    await expect(initialize(coupled, initOf(file, { convert: 'decouple' }))).rejects.toThrow(/nothing to be decoupled/);
    tf.dispose(images);
    coupled.dispose();
    decoupled.dispose();
  });
});
