import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wholeSpace } from '@onebit/backbones';
import { beforeAll, describe, expect, test } from 'vitest';
import { halvesOf } from '../src/search/cells/data.js';
import type { CellsDocument } from '../src/search/cells/document.js';
import { dropWorst } from '../src/search/cells/reduction.js';
import { gratings, pictureFolder, tinyClassifier } from './support/classifiers.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder } from './support/runs.js';

const folder = await scratchFolder();
const data = gratings();

test('each edge loses the operation of least credit, and keeps one beside none', () => {
  const [edge] = wholeSpace(1);
  const credits = edge.operations.map((_, i) => (i === 2 ? 0.1 : 0.5));
  const [dropped] = dropWorst([{ ...edge, credits }]);
  expect(dropped.operations).toEqual(edge.operations.filter((_, i) => i !== 2));
  const [last] = dropWorst([{ ...edge, operations: ['none', 'skip'], credits: [0.9, 0.1] }]);
  expect(last).toEqual({ kind: edge.kind, node: edge.node, from: edge.from, operations: ['skip'] });
});

test('the halves of the training split have no picture in common, the seed decides', async () => {
  const recipe = await tinyClassifier();
  const { weights, alpha } = halvesOf(data.train, recipe);
  expect([weights.length, alpha.length]).toEqual([256, 256]);
  expect(new Set([...weights, ...alpha]).size).toBe(512);
  expect(halvesOf(data.train, recipe)).toEqual({ weights, alpha });
  const large = await tinyClassifier({ 'train.batchSize': 300 });
  expect(() => halvesOf(data.train, large)).toThrow(/must have a batch of 300 pictures, it has 256/);
});

describe.skipIf(!hasNative())('onebit search cells', () => {
  let pictures: string;
  beforeAll(async () => {
    pictures = `images:${await pictureFolder(data, join(folder, 'pictures'))}`;
  });

  const settings = {
    'model.imageSize': 12,
    'model.width': 0.5,
    'train.batchSize': 8,
    'train.steps': 2,
    'train.schedule.warmup.steps': 1,
  };
  const sets = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const search = (out: string, ...options: string[]) =>
    runMain([
      ...[
        'search',
        'cells',
        'resnet20-cls',
        '-d',
        pictures,
        '-o',
        join(folder, out),
        '--backend',
        'native',
        '--workers',
        '0',
        ...sets,
      ],
      ...['--cells', '3', '--nodes', '2', '--updates', '2', '--alpha-rate', '0.01', ...options],
    ]);
  const documentOf = async (out: string): Promise<CellsDocument> =>
    JSON.parse(await readFile(join(folder, out, 'cells.json'), 'utf8'));

  test('finds cells whose recipe trains, the same for the same seed and when it is resumed', {
    timeout: 60_000,
  }, async () => {
    const first = await search('first', '--keep', '6', '--drop-updates', '1');
    expect([first.code, first.stderr]).toEqual([0, expect.anything()]);
    const document = await documentOf('first');
    expect(document.loops.map((edges) => edges[0].operations.length)).toEqual([7]);
    expect(document.records.map(({ update }) => update)).toEqual([1, 2]);
    for (const { operations, weights } of document.records[1].edges) {
      expect(operations).toHaveLength(6);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect(new Set(weights).size).toBeGreaterThan(1);
    }
    for (const [name, words] of Object.entries({ 'cells.svg': 'reduction cell', 'alpha.svg': 'conv3' })) {
      expect(await readFile(join(folder, 'first', name), 'utf8')).toContain(words);
    }
    const again = await search('first', '--keep', '6', '--drop-updates', '1', '--resume');
    expect([again.code, await documentOf('first')]).toEqual([0, document]);
    await search('second', '--keep', '6', '--drop-updates', '1');
    expect(await documentOf('second')).toEqual(document);

    const recipe = join(folder, 'first', document.recipeFile);
    const trained = await runMain([
      'train',
      recipe,
      '-o',
      join(folder, 'run'),
      '--backend',
      'native',
      '--workers',
      '0',
    ]);
    expect([trained.code, trained.stdout]).toEqual([0, expect.stringMatching(/best top-1 [\d.]+ % at step 2/)]);
  });

  test.each([
    [['--nodes', '0'], /--nodes must be a whole number of at least 1, got 0/],
    [['--cells', '2'], /--cells must be a whole number of at least 3, got 2/],
    [['--keep', '8'], /--keep must be a whole number from 2 to 7, got 8/],
    [['--alpha-rate', '0'], /--alpha-rate must be a number above 0/],
    [['--sampling', '3'], /sampling must be a whole number that divides the 8 channels of a node, got 3/],
    [
      ['--set', 'train.optimizer={"kind":"several","parts":[{"kind":"sgd"}]}'],
      /train\.optimizer must be one for all weights/,
    ],
    [['--set', 'train.batchSize=64'], /must have a batch of 64 pictures, it has 40/],
  ])('%j is refused before step one', async (options, message) => {
    const refused = await search('refused', ...options);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
