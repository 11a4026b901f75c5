import { join } from 'node:path';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { readCheckpoint, readMetrics } from '@onebit/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClassifier } from '../src/classifier/build.js';
import { classifierLoss } from '../src/classifier/task.js';
import { openTeacher } from '../src/classifier/teacher.js';
import { gratings, pictureFolder, quietOutput, tinyClassifier, trainQuietly } from './support/classifiers.js';
import { runMain } from './support/in-process.js';
import { hasNative, numbersOf, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const run = join(folder, 'teacher');
const data = gratings();
const { classes } = data.train;

const terms = [
  { kind: 'logits', weight: 0.5, temperature: 2 },
  { kind: 'attention', weight: 1, match: 'backbone.stage*.*', until: 0.5 },
];
const student = (teacher: object, changes: object = {}) =>
  tinyClassifier({ 'model.precision': 'bireal', teacher: { run, ...teacher }, ...changes });

describe('the loss of a recipe with a teacher', () => {
  const batch = {
    images: Float32Array.from({ length: 2 * 12 * 12 * 3 }, (_, i) => Math.sin(i)),
    shape: [2, 12, 12, 3] as const,
    labels: Int32Array.of(3, 0),
  };

  /** The terms of one step. */
  async function termsOf(teacher: object, progress = 0) {
    const recipe = await student(teacher, { 'loss.labelSmoothing': 0.1 });
    const [model, network] = [buildClassifier(recipe, classes), buildClassifier({ ...recipe, seed: 5 }, classes)];
    const { total, terms: scalars } = classifierLoss(
      model,
      recipe,
      network,
    )(batch, {
      training: true,
      step: 0,
      progress,
    });
    const values = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, value.arraySync()]));
    expect(total.arraySync()).toBeCloseTo(
      Object.values(values).reduce((sum, value) => sum + value),
      5,
    );
    const logits = [model, network].map((net, i) => {
      const context = { training: i === 0, step: 0, progress };
      return net.forward(tf.tensor4d(batch.images, [...batch.shape]), context).arraySync();
    });
    for (const net of [model, network]) net.dispose();
    return { values, logits };
  }

  beforeAll(async () => {
    await selectBackend('cpu');
  });

  test('has its terms beside those of the labels, weighted, until they end', async () => {
    const { values, logits } = await termsOf({ terms });
    expect(Object.keys(values)).toEqual(['class', 'smoothing', 'logits', 'attention']);
    const [ofStudent, ofTeacher] = logits.map((rows) =>
      rows.map((row) => {
        const exponents = row.map((value) => Math.exp(value / 2));
        const sum = exponents.reduce((all, value) => all + value);
        return exponents.map((value) => value / sum);
      }),
    );
    const divergence = ofTeacher.map((row, i) => row.reduce((sum, p, c) => sum + p * Math.log(p / ofStudent[i][c]), 0));
    expect(values.logits).toBeCloseTo((0.5 * 2 ** 2 * (divergence[0] + divergence[1])) / 2, 4);
    expect(Object.keys((await termsOf({ terms }, 0.5)).values)).toEqual(['class', 'smoothing', 'logits']);
  });

  test('weighs the labels, or has none of them', async () => {
    const whole = (await termsOf({ terms })).values;
    const half = (await termsOf({ terms, labels: 0.5 })).values;
    expect(half.class).toBeCloseTo(whole.class / 2, 5);
    expect(half.smoothing).toBeCloseTo(whole.smoothing / 2, 5);
    expect(half.logits).toBeCloseTo(whole.logits, 5);
    const soft = { labels: 0, terms: [{ kind: 'soft-labels', weight: 1 }] };
    expect(Object.keys((await termsOf(soft)).values)).toEqual(['soft-labels']);
  });

  test.each([
    [{ terms: [{ kind: 'logit', weight: 1 }] }, /teacher\.terms\.0\.kind: expected one of 'logits'/],
    [{ terms: [{ kind: 'logits', wieght: 1 }] }, /unknown key "wieght"; known: kind, .*Did you mean "weight"\?/],
    [{ terms: [{ kind: 'logits', weight: 0 }] }, /teacher\.terms\.0\.weight: expected number to be >0, got 0/],
    [{ terms: [] }, /teacher\.terms: expected array to have >=1 items/],
    [
      { labels: 0, terms: [{ kind: 'logits', weight: 1, until: 0.5 }] },
      /teacher\.labels: expected more than 0 where every term ends before the run, got 0/,
    ],
  ])('refuses %j', async (teacher, message) => {
    await expect(student(teacher)).rejects.toThrow(message);
  });
});

describe.skipIf(!hasNative())('a trained teacher', () => {
  beforeAll(async () => {
    await selectBackend('native');
    const recipe = await tinyClassifier({ 'model.precision': 'float', 'train.steps': 20, 'train.ema': 0.9 });
    (await trainQuietly({ recipe, data, folder: run })).model.dispose();
  });

  test('teaches; the student alone is saved, and resumed with the same numbers', { timeout: 30_000 }, async () => {
    const recipe = await student({ terms }, { 'train.steps': 40 });
    const whole = join(folder, 'whole');
    const before = tf.memory().numTensors;
    (await trainQuietly({ recipe, data, folder: whole })).model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const lines = (await readMetrics(whole)).filter((line) => line.kind === 'train');
    // Means over 20 steps: attention ends with step 20.
    expect(lines.map((line) => Object.keys(line.terms))).toEqual([
      ['class', 'logits', 'attention'],
      ['class', 'logits'],
    ]);
    expect(lines[1].terms.logits).toBeLessThan(lines[0].terms.logits);
    const alone = buildClassifier(recipe, classes);
    const names = [...alone.namedParameters(), ...alone.namedBuffers()].map(([name]) => name);
    expect([...(await readCheckpoint(whole)).model.keys()].sort()).toEqual(names.sort());
    alone.dispose();

    const stopped = join(folder, 'stopped');
    const controller = new AbortController();
    const output = quietOutput();
    output.progress = () => ({ update: (done) => done === 17 && controller.abort(), finish: () => {} });
    const interrupted = trainQuietly({ recipe, data, folder: stopped, output, signal: controller.signal });
    await expect(interrupted).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
    (await trainQuietly({ recipe, data, folder: stopped, resume: true })).model.dispose();
    expect(await numbersOf(stopped)).toEqual(await numbersOf(whole));
  });

  test('must know the classes and see the pictures of the student', async () => {
    const open = async (changes: object, names = classes) => openTeacher(await student({}, changes), names);
    await expect(open({}, [...classes].reverse())).rejects.toThrow(
      /teacher\.run: .*teacher: must have the student's classes, .*; it has .*Train a teacher on the same pictures/,
    );
    await expect(open({ 'model.imageSize': 16 })).rejects.toThrow(/picture size \(model\.imageSize\), 16; it has 12/);
    await expect(open({ 'data.mean': [1, 2, 3] })).rejects.toThrow(/normalisation of pixels .*, 1, 2, 3; .*; it has 1/);
    await expect(open({ 'teacher.run': join(folder, 'none') })).rejects.toThrow(/is this a run folder\?/);
    const unmatched = await student({ terms: [{ kind: 'hint', weight: 1, match: 'neck.*' }] });
    await expect(trainQuietly({ recipe: unmatched, data, folder: join(folder, 'unmatched') })).rejects.toThrow(
      /no output of "neck\.\*" in the forward pass; known: backbone\.stem/,
    );
  });

  test('is named on the command line by --teacher', async () => {
    const root = await pictureFolder(data, join(folder, 'pictures'));
    const sets = ['model.backbone=resnet8', 'model.width=0.5', 'model.imageSize=12', 'train.steps=4'];
    const base = ['-d', `images:${root}`, '--backend', 'native', '--set', 'train.schedule.warmup.steps=2'];
    const options = [...base, ...sets.flatMap((set) => ['--set', set]), '--set', 'train.batchSize=8'];
    const [real, taught] = [join(folder, 'real'), join(folder, 'taught')];
    const first = await runMain(['train', 'resnet20-cls', '--method', 'float', '-o', real, ...options]);
    expect([first.code, first.stderr]).toEqual([0, expect.anything()]);
    const second = await runMain(['train', 'resnet20-cls', '--teacher', real, '-o', taught, ...options]);
    expect([second.code, second.stderr]).toEqual([
      0,
      expect.stringMatching(/loss [\d.]+ \(class [\d.]+, logits [\d.]+\)/),
    ]);
  });
});
