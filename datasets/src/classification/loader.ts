import { OnebitError } from '@onebit/common';
import { augmentSeed } from '../loader/batch.js';
import { BatchLoader, type WaitStatistics } from '../loader/batch-loader.js';
import { ImageCache } from '../loader/image-cache.js';
import { loaderDefaults } from '../loader/loader.js';
import { BatchOrder } from '../loader/order.js';
import { createProducer, type Producer } from '../loader/producer.js';
import type { ClassifierInputOptions } from './augment.js';
import { type BatchResult, type BatchTask, makeBatch } from './batch.js';
import type { ClassificationSample } from './types.js';
import { checkOptions } from './validate.js';

/** One batch, ready for a network. */
export interface ClassificationBatch {
  /** [batch, height, width, 3], normalised, red green blue. */
  readonly images: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: 3];
  /** [batch]: classes, 0-based. */
  readonly labels: Int32Array;
  readonly ids: readonly string[];
  /** Position in the run, counted over all epochs; `startStep` of a loader that shall go on after this batch is one more. */
  readonly step: number;
  readonly epoch: number;
}

/** What training and evaluation loaders have in common. */
export interface CommonClassificationLoaderOptions extends ClassifierInputOptions {
  readonly batchSize: number;
  /**
   * Worker threads; 0 does the work in the calling thread. Default: 0 where all pixels are at hand, because cutting them out takes less time than handing
   * them over; else one less than there are cores, at least 1 and at most 4.
   */
  readonly workers?: number;
  /** Batches that are made ahead of the one in use; default 2 for each worker. */
  readonly prefetch?: number;
  /** Bytes of decoded pictures to keep for later epochs; default 512 MiB. 0 decodes every time. */
  readonly cacheBytes?: number;
}

/** Options of `createClassificationLoader`. */
export interface ClassificationLoaderOptions extends CommonClassificationLoaderOptions {
  readonly seed: number;
  /** First step to give: that many batches are passed over, without making them. */
  readonly startStep?: number;
  /** Steps in all, counted from 0; without it the loader never ends. */
  readonly steps?: number;
}

/** What a loader did so far. */
export interface ClassificationLoaderStatistics extends WaitStatistics {
  readonly decodedImages: number;
  readonly cacheBytes: number;
}

/** Gives batches in a fixed order. Iterating again starts again at `startStep`, with what was decoded still at hand. */
export interface ClassificationLoader extends AsyncIterable<ClassificationBatch> {
  readonly stepsPerEpoch: number;
  statistics(): ClassificationLoaderStatistics;
  /** Ends iterations and worker threads. Further iteration is an error. */
  close(): Promise<void>;
}

/**
 * A loader for training: endless (or `steps` long) batches of augmented pictures, a new order every epoch, the pictures that do not fill a batch left out. Batches
 * depend on the seed and the step alone, not on the number of workers or their timing. A picture that does not decode ends the iteration with ERR_DATA.
 * @throws OnebitError ERR_USAGE for options that cannot be, ERR_DATA for fewer pictures than a batch has.
 */
export function createClassificationLoader(
  samples: readonly ClassificationSample[],
  options: ClassificationLoaderOptions,
): ClassificationLoader {
  const where = 'createClassificationLoader';
  checkOptions(where, options);
  const { batchSize, seed, startStep = 0, steps = Number.POSITIVE_INFINITY } = options;
  if (samples.length < batchSize) {
    throw new OnebitError(
      'ERR_DATA',
      `${where}: must have at least ${batchSize} pictures for a batch, found ${samples.length}. Lower batchSize, or look at the split.`,
    );
  }
  return new Loader(samples, options, { seed, startStep, steps, shuffle: true, dropLast: true });
}

/**
 * A loader for evaluation: every picture once, in the order given; the last batch may be smaller.
 * @throws OnebitError ERR_USAGE for options that cannot be.
 */
export function createClassificationEvaluationLoader(
  samples: readonly ClassificationSample[],
  options: CommonClassificationLoaderOptions,
): ClassificationLoader {
  checkOptions('createClassificationEvaluationLoader', options);
  const steps = Math.ceil(samples.length / options.batchSize);
  return new Loader(samples, options, { seed: 0, startStep: 0, steps, shuffle: false, dropLast: false });
}

interface LoaderPlan {
  readonly seed: number;
  readonly startStep: number;
  readonly steps: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
}

const production = { make: makeBatch, worker: 'classification/worker' };

class Loader extends BatchLoader<ClassificationBatch> implements ClassificationLoader {
  readonly #samples: readonly ClassificationSample[];
  readonly #input: ClassifierInputOptions;
  readonly #seed: number;
  readonly #order: BatchOrder;
  readonly #cache: ImageCache;
  readonly #workers: number;
  #decodedImages = 0;
  #producer: Producer<BatchTask, BatchResult> | undefined;

  constructor(
    samples: readonly ClassificationSample[],
    options: CommonClassificationLoaderOptions,
    { seed, startStep, steps, ...order }: LoaderPlan,
  ) {
    const defaults = loaderDefaults();
    const areAtHand = samples.every(({ picture }) => typeof picture !== 'string');
    const workers = options.workers ?? (areAtHand ? 0 : defaults.workers);
    super({ startStep, steps, prefetch: options.prefetch ?? workers * 2 });
    const { batchSize, imageSize, augment, mean, std, cacheBytes } = options;
    this.#samples = samples;
    this.#input = { imageSize, augment, mean, std };
    this.#seed = seed;
    this.#order = new BatchOrder(samples.length, batchSize, { seed, ...order });
    this.#cache = new ImageCache(cacheBytes ?? defaults.cacheBytes);
    this.#workers = workers;
  }

  get stepsPerEpoch(): number {
    return this.#order.stepsPerEpoch;
  }

  statistics(): ClassificationLoaderStatistics {
    return { ...this.waits, decodedImages: this.#decodedImages, cacheBytes: this.#cache.bytes };
  }

  protected override async end(): Promise<void> {
    this.#cache.clear();
    await this.#producer?.close();
    this.#producer = undefined;
  }

  protected override async make(step: number): Promise<ClassificationBatch> {
    this.#producer ??= createProducer(production, this.#workers);
    const { epoch, indices } = this.#order.at(step);
    const samples = indices.map((index) => this.#samples[index]);
    const slots = indices.map((index, i) => ({
      picture: this.#cache.get(index) ?? samples[i].picture,
      seed: augmentSeed(this.#seed, epoch, index),
    }));
    const { images, decoded } = await this.#producer.make({
      options: this.#input,
      slots,
      keep: !this.#cache.isFull,
    });
    this.#decodedImages += slots.filter(({ picture }) => typeof picture === 'string').length;
    if (!this.isClosed) for (const [position, image] of decoded) this.#cache.add(indices[position], image);
    const [height, width] = this.#input.imageSize;
    return {
      images,
      shape: [slots.length, height, width, 3],
      labels: Int32Array.from(samples, ({ label }) => label),
      ids: samples.map(({ id }) => id),
      step,
      epoch,
    };
  }
}
