import { basename, resolve } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import { openCifar10 } from './cifar10.js';
import { openImageFolder } from './image-folder.js';
import type { ClassificationSource } from './source.js';
import { openTinyImagenet } from './tiny-imagenet.js';
import type { ClassificationDataset } from './types.js';

/** What to read of a data set of classes. */
export interface OpenClassificationOptions {
  /** `train`, `val`, `test`: what the set has. */
  readonly split: string;
  /** `images:` without splits of its own: the share of each class that is `val`, default 0.1, and the seed that draws it, default 1. */
  readonly valShare?: number;
  readonly seed?: number;
}

type SourceOptions = Omit<OpenClassificationOptions, 'split'>;

const kinds = { cifar10: openCifar10, images: openFolder, 'tiny-imagenet': openTinyImagenet } as const satisfies Record<
  string,
  (folder: string, options: SourceOptions) => Promise<ClassificationSource>
>;

/**
 * Reads one split of a set of pictures with a class each: `cifar10:DIR` (binary files, or sheets of tiles), `images:DIR` (a folder for each class), `tiny-imagenet:DIR`
 * (original layout, or sheets of tiles). CIFAR-10 and sheets are decoded at once and kept as bytes; files are only listed.
 * @throws OnebitError ERR_DATA naming the file that is wrong or missing, ERR_UNKNOWN_NAME for a kind or split that is not there, ERR_USAGE.
 */
export async function openClassification(
  spec: string,
  { split, ...options }: OpenClassificationOptions,
): Promise<ClassificationDataset> {
  const source = await openSource(spec, options);
  if (!source.splits.includes(split)) throw unknownName(`${spec}: split`, split, source.splits);
  const samples = await source.read(split);
  if (samples.length === 0) throw new OnebitError('ERR_DATA', `${spec}: split ${split} must have pictures, found none`);
  return { name: basename(spec.slice(spec.indexOf(':') + 1)), split, classes: source.classes, samples };
}

/** The splits that `openClassification` knows for a data set. */
export async function classificationSplits(spec: string, options: SourceOptions = {}): Promise<readonly string[]> {
  return (await openSource(spec, options)).splits;
}

function openSource(spec: string, options: SourceOptions): Promise<ClassificationSource> {
  const colon = spec.indexOf(':');
  if (colon < 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `dataset: must be KIND:FOLDER, such as cifar10:data/cifar-10, found ${JSON.stringify(spec)}`,
    );
  }
  const kind = spec.slice(0, colon);
  if (!Object.hasOwn(kinds, kind)) throw unknownName('dataset: kind', kind, Object.keys(kinds));
  return kinds[kind as keyof typeof kinds](resolve(spec.slice(colon + 1)), options);
}

function openFolder(folder: string, { valShare = 0.1, seed = 1 }: SourceOptions): Promise<ClassificationSource> {
  if (!(valShare > 0 && valShare < 1)) {
    throw new OnebitError('ERR_USAGE', `images:${folder}: valShare must lie between 0 and 1, found ${valShare}`);
  }
  return openImageFolder(folder, { valShare, seed });
}
