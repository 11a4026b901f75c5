import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tf } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { readCheckpoint } from '@onebit/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClassifier } from '../src/classifier/build.js';
import { classifierLoss } from '../src/classifier/task.js';
import { gratings, pictureFolder, quietOutput, tinyClassifier, trainQuietly } from './support/classifiers.js';
import { runMain } from './support/in-process.js';
import { hasNative, numbersOf, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const data = gratings();

test('with smoothing the loss is the cross entropy to the smoothed targets', async () => {
  await selectBackend('cpu');
  const recipe = await tinyClassifier({ 'model.precision': 'float', 'loss.labelSmoothing': 0.2 });
  const model = buildClassifier(recipe, data.train.classes);
  const images = Float32Array.from({ length: 2 * 12 * 12 * 3 }, (_, i) => Math.sin(i));
  const batch = { images, shape: [2, 12, 12, 3], labels: Int32Array.of(3, 0) } as const;
  const context = { training: true, step: 0, progress: 0 } as const;
  const { total, terms } = classifierLoss(model, recipe)(batch, context);
  const logits = model.forward(tf.tensor4d(images, [2, 12, 12, 3]), context).arraySync();
  const expected = logits.map((row, i) => {
    const sum = Math.log(row.reduce((all, value) => all + Math.exp(value), 0));
    return row.reduce((all, value, k) => all + ((k === batch.labels[i] ? 0.8 : 0) + 0.05) * (sum - value), 0);
  });
  expect(total.arraySync()).toBeCloseTo((expected[0] + expected[1]) / 2, 4);
  expect(Object.keys(terms)).toEqual(['class', 'smoothing']);
  model.dispose();
});

test('a stem or widths of stages where there is no choice, unknown methods and unknown options are refused', async () => {
  const build = async (changes: object) => buildClassifier(await tinyClassifier({ ...changes }), data.train.classes);
  await expect(build({ 'model.stem': 'small' })).rejects.toThrow(/model\.stem must be null for resnet8/);
  const widths = { 'model.stageWidths': [1, 2, 1] };
  await expect(build({ 'model.backbone': 'nin', ...widths })).rejects.toThrow(
    /model\.stageWidths must be null for nin/,
  );
  await expect(build({ 'model.stageWidths': [1, 2] })).rejects.toThrow(
    /resnet8: stageWidths must be 3 positive numbers/,
  );
  await expect(build({ 'model.precision': 'birael' })).rejects.toThrow(/unknown name "birael".*Did you mean "bireal"/);
  await expect(build({ 'model.precision': { method: 'bireal', padding: 1 } })).rejects.toThrow(/padding/);
});

describe.skipIf(!hasNative())('a classifier', () => {
  beforeAll(async () => {
    await selectBackend('native');
  });

  test('that was stopped and resumed has the numbers of one that was not', async () => {
    const recipe = await tinyClassifier({ 'train.steps': 12, 'train.evaluateEvery': 6, 'train.ema': 0.9 });
    const whole = await trainQuietly({ recipe, data, folder: join(folder, 'whole') });
    whole.model.dispose();
    const stopped = join(folder, 'stopped');
    const controller = new AbortController();
    const output = quietOutput();
    output.progress = () => ({ update: (done) => done === 7 && controller.abort(), finish: () => {} });
    const interrupted = trainQuietly({ recipe, data, folder: stopped, output, signal: controller.signal });
    await expect(interrupted).rejects.toMatchObject({ code: 'ERR_INTERRUPTED' });
    expect((await readCheckpoint(stopped)).state.step).toBe(7);
    const resumed = await trainQuietly({ recipe, data, folder: stopped, resume: true });
    resumed.model.dispose();
    expect(await numbersOf(stopped)).toEqual(await numbersOf(join(folder, 'whole')));
  });

  test('is trained, measured and asked on the command line', { timeout: 60_000 }, async () => {
    const root = await pictureFolder(data, join(folder, 'pictures'));
    const run = join(folder, 'run');
    const settings = {
      'model.backbone': 'resnet8',
      'model.width': 0.5,
      'model.imageSize': 12,
      'train.steps': 20,
      'train.batchSize': 16,
    };
    const sets = Object.entries({ ...settings, 'train.schedule.warmup.steps': 2 }).flatMap(([key, value]) => [
      '--set',
      `${key}=${value}`,
    ]);
    const trained = await runMain([
      'train',
      'resnet20-cls',
      '--method',
      'xnor',
      '-d',
      `images:${root}`,
      '-o',
      run,
      '--backend',
      'native',
      ...sets,
    ]);
    expect([trained.code, trained.stdout]).toEqual([
      0,
      expect.stringMatching(/resnet20-cls: xnor, 80 pictures, 4 classes.*best top-1 [\d.]+ % at step 20/s),
    ]);
    const report = await readFile(join(run, 'report.html'), 'utf8');
    for (const title of [
      'Curves',
      'top-1 over training',
      'Confusion at the last evaluation',
      '45 degrees'.replace(' ', '-'),
    ])
      expect(report).toContain(title);

    const scored = await runMain(['eval', run, '--json', '-o', join(folder, 'page'), '--backend', 'native']);
    const document = JSON.parse(scored.stdout);
    expect(document).toMatchObject({ split: 'val', step: 20, top5: 1 });
    expect(document.confusion.flat().reduce((sum: number, count: number) => sum + count)).toBe(80);
    expect(trained.stdout).toContain(`best top-1 ${(100 * document.top1).toFixed(2)} %`);
    expect(await readFile(join(folder, 'page/report.html'), 'utf8')).toContain('<svg');

    const [first] = JSON.parse(await readFile(join(run, 'eval-val-best.json'), 'utf8')).images;
    const out = join(folder, 'asked');
    const asked = await runMain([
      'predict',
      run,
      join(root, 'val', first.id),
      '-o',
      out,
      '--json',
      '--backend',
      'native',
    ]);
    const [{ top }] = JSON.parse(asked.stdout).images;
    expect(top.map(({ label }: { label: number }) => label)).toEqual(
      first.top.map(({ label }: { label: number }) => label),
    );
    expect(top.reduce((sum: number, { probability }: { probability: number }) => sum + probability, 0)).toBeCloseTo(
      1,
      5,
    );

    const refused = await runMain(['eval', run, '--metric', 'voc07']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/--metric is for detectors; .* holds a classifier/),
    ]);
  });
});
