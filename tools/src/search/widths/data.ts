import { hashSeed, OnebitError, Random } from '@onebit/common';
import type { ClassificationDataset } from '@onebit/datasets';
import type { ClassificationRecipe } from '../../recipes/classification.js';

/** A training split in two, so that a search never sees what its result will be measured on. */
export interface SearchData {
  readonly train: ClassificationDataset;
  readonly heldOut: ClassificationDataset;
}

/**
 * Holds out `count` pictures of a training split, drawn by the recipe's seed.
 * @throws OnebitError ERR_DATA where fewer than a batch remain.
 */
export function holdOut(
  data: ClassificationDataset,
  count: number,
  { seed, train }: Pick<ClassificationRecipe, 'seed' | 'train'>,
): SearchData {
  const { samples } = data;
  if (samples.length - count < train.batchSize) {
    throw new OnebitError(
      'ERR_DATA',
      `onebit search widths: --held-out must leave a batch of ${train.batchSize} of the ${samples.length} pictures of ${data.name} ${data.split}, got ${count}`,
    );
  }
  const shuffled = new Random(hashSeed(seed, 'held out')).shuffle([...samples]);
  return {
    train: { ...data, samples: shuffled.slice(count) },
    heldOut: { ...data, samples: shuffled.slice(0, count) },
  };
}
