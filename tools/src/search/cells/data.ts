import { hashSeed, OnebitError, Random } from '@onebit/common';
import type { ClassificationBatch, ClassificationDataset, ClassificationSample } from '@onebit/datasets';
import { classifierLoader } from '../../classifier/train.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';

/** A training split in two halves: one for the weights, the other for alpha (DARTS, arXiv 1806.09055, section 3.1). */
export interface Halves {
  readonly weights: readonly ClassificationSample[];
  readonly alpha: readonly ClassificationSample[];
}

/**
 * Halves of a training split, drawn by the recipe's seed.
 * @throws OnebitError ERR_DATA where a half has no full batch.
 */
export function halvesOf(
  { name, split, samples }: ClassificationDataset,
  { seed, train }: Pick<ClassificationRecipe, 'seed' | 'train'>,
): Halves {
  const half = Math.floor(samples.length / 2);
  if (half < train.batchSize) {
    throw new OnebitError(
      'ERR_DATA',
      `onebit search cells: each half of ${name} ${split} must have a batch of ${train.batchSize} pictures, it has ${half}; make train.batchSize smaller`,
    );
  }
  const shuffled = new Random(hashSeed(seed, 'halves')).shuffle([...samples]);
  return { weights: shuffled.slice(0, half), alpha: shuffled.slice(half) };
}

type Loader = ReturnType<typeof classifierLoader>;

/** Opens loaders and closes them all. */
export class Loaders {
  readonly #opened: Loader[] = [];

  constructor(
    private readonly recipe: ClassificationRecipe,
    private readonly options: { readonly workers?: number; readonly cacheBytes: number },
  ) {}

  /** Batches of pictures from number `start` on, without end. */
  open(samples: readonly ClassificationSample[], start: number): Loader {
    const loader = classifierLoader(this.recipe, samples, start, this.options);
    this.#opened.push(loader);
    return loader;
  }

  /** Batches of alpha's half and of the weights' half in turn, from number `start` on. */
  async *alternating({ alpha, weights }: Halves, start: number): AsyncGenerator<ClassificationBatch, void> {
    const sources = [this.open(alpha, Math.ceil(start / 2)), this.open(weights, Math.floor(start / 2))];
    const iterators = sources.map((source) => source[Symbol.asyncIterator]());
    for (let number = start; ; number++) {
      const { done, value } = await iterators[number % 2].next();
      if (done === true) return;
      yield value;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((loader) => loader.close()));
  }
}
