import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClassification } from './open.js';

const folder = process.env.ONEBIT_DATASETS;

/** Counts from the READMEs of the data sets: pictures and classes. */
test.for([
  ['cifar10:cifar10-jpeg', 'train', 50_000, 10],
  ['cifar10:cifar10-jpeg', 'test', 8000, 10],
  ['tiny-imagenet:tiny-imagenet-mini', 'train', 12_080, 100],
  ['tiny-imagenet:tiny-imagenet-mini', 'val', 1480, 100],
] as const)('%s %s has the known pictures and classes', async ([spec, split, pictures, classes], { skip }) => {
  const [kind, name] = spec.split(':');
  if (folder === undefined || !existsSync(join(folder, name))) {
    return skip('set ONEBIT_DATASETS to the folder with the data sets');
  }
  const dataset = await openClassification(`${kind}:${join(folder, name)}`, { split });
  expect([dataset.samples.length, dataset.classes.length]).toEqual([pictures, classes]);
  expect(new Set(dataset.samples.map(({ label }) => label)).size).toBe(classes);
  expect(new Set(dataset.samples.map(({ id }) => id)).size).toBe(pictures);
});
