import { availableParallelism } from 'node:os';
import { hashSeed, OnebitError } from '@onebit/common';
import type { PictureOptions } from '../augment/augment.js';
import type { DetectionSample } from '../types.js';
import { augmentSeed, type BatchResult, type BatchTask, makeBatch, type Slot } from './batch.js';
import { BatchLoader } from './batch-loader.js';
import { ImageCache } from './image-cache.js';
import { BatchOrder } from './order.js';
import { createProducer, type Producer } from './producer.js';
import { trainingSamples } from './samples.js';
import type {
  CommonLoaderOptions,
  DetectionBatch,
  DetectionLoader,
  DetectionTarget,
  LoaderOptions,
  LoaderStatistics,
} from './types.js';
import { checkOptions } from './validate.js';

/** What a loader takes where its options do not say: threads, and bytes of pictures kept decoded. */
export function loaderDefaults(): { readonly workers: number; readonly cacheBytes: number } {
  return { workers: Math.min(4, Math.max(1, availableParallelism() - 1)), cacheBytes: 512 * 2 ** 20 };
}

/** Other samples that are tried in the place of a corrupt picture before the loader gives up. */
const substitutes = 10;

/**
 * A loader for training: endless (or `steps` long) batches of augmented pictures, a new order every epoch. Batches depend on the seed and the step
 * alone, not on the number of workers or their timing; `startStep` goes on where another run ended. Difficult objects, boxes under one pixel and
 * pictures without objects are left out by default.
 * @throws OnebitError ERR_USAGE for options that cannot be, ERR_DATA when no picture with objects is left.
 */
export function createLoader(samples: readonly DetectionSample[], options: LoaderOptions): DetectionLoader {
  const { startStep = 0, steps = Number.POSITIVE_INFINITY, shuffle = true, dropLast = true } = options;
  checkOptions('createLoader', options);
  return new Loader(trainingSamples(samples, options), options, {
    augment: options.augment,
    seed: options.seed,
    shuffle,
    dropLast,
    startStep,
    steps,
    replaceCorrupt: true,
  });
}

/**
 * A loader for evaluation: every picture once, in the order given, resized and normalised only, with all its objects (difficult ones flagged); the
 * last batch may be smaller.
 * @throws OnebitError ERR_USAGE for options that cannot be.
 */
export function createEvaluationLoader(
  samples: readonly DetectionSample[],
  options: CommonLoaderOptions,
): DetectionLoader {
  checkOptions('createEvaluationLoader', options);
  const steps = Math.ceil(samples.length / options.batchSize);
  const order = { seed: 0, shuffle: false, dropLast: false, startStep: 0, steps };
  return new Loader(samples, options, { augment: 'none', ...order, replaceCorrupt: false });
}

interface LoaderPlan {
  readonly augment: PictureOptions['augment'];
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly startStep: number;
  readonly steps: number;
  readonly replaceCorrupt: boolean;
}

const production = { make: makeBatch, worker: 'loader/worker' };

class Loader extends BatchLoader<DetectionBatch> implements DetectionLoader {
  readonly sampleCount: number;
  readonly #order: BatchOrder;
  readonly #cache: ImageCache;
  readonly #picture: PictureOptions;
  readonly #workers: number;
  readonly #counts = { decodedImages: 0, cachedImages: 0 };
  /** Messages by sample index: libvips words the same fault differently from time to time. */
  readonly #skipped = new Map<number, string>();
  #producer: Producer<BatchTask, BatchResult> | undefined;

  constructor(
    readonly samples: readonly DetectionSample[],
    readonly options: CommonLoaderOptions,
    readonly plan: LoaderPlan,
  ) {
    const defaults = loaderDefaults();
    const workers = options.workers ?? defaults.workers;
    const { startStep, steps } = plan;
    super({ startStep, steps, prefetch: options.prefetch ?? workers * 2 });
    const { imageSize, maxExpand, minCrop, interpolation, mean, std, channelOrder } = options;
    this.#picture = { imageSize, augment: plan.augment, maxExpand, minCrop, interpolation, mean, std, channelOrder };
    this.sampleCount = samples.length;
    this.#order = new BatchOrder(samples.length, options.batchSize, plan);
    this.#cache = new ImageCache(options.cacheBytes ?? defaults.cacheBytes);
    this.#workers = workers;
  }

  get stepsPerEpoch(): number {
    return this.#order.stepsPerEpoch;
  }

  statistics(): LoaderStatistics {
    return { ...this.waits, ...this.#counts, cacheBytes: this.#cache.bytes, skipped: [...this.#skipped.values()] };
  }

  protected override async end(): Promise<void> {
    this.#cache.clear();
    await this.#producer?.close();
    this.#producer = undefined;
  }

  /** Undefined when no picture of the batch can be read and none may take their place. */
  protected override async make(step: number): Promise<DetectionBatch | undefined> {
    const { epoch, indices } = this.#order.at(step);
    let slots = indices.map((index) => this.#slot(index, epoch));
    let result = await this.#run(slots);
    if (result.failures.length > 0) {
      ({ slots, result } = this.plan.replaceCorrupt
        ? await this.#replaceFailures(slots, result, epoch)
        : withoutFailures(slots, result));
    }
    const [height, width] = this.options.imageSize;
    if (slots.length === 0) return undefined;
    return {
      images: result.images,
      shape: [slots.length, height, width, 3],
      targets: result.objects.map(targetOf),
      ids: slots.map(({ sample }) => sample.id),
      sizes: slots.map(({ sample }) => [sample.height, sample.width] as const),
      step,
      epoch,
    };
  }

  #slot(index: number, epoch: number): Slot {
    const image = this.#cache.get(index);
    return {
      index,
      sample: this.samples[index],
      seed: augmentSeed(this.plan.seed, epoch, index),
      ...(image && { image }),
    };
  }

  async #run(slots: readonly Slot[]): Promise<BatchResult> {
    this.#producer ??= createProducer(production, this.#workers);
    const result = await this.#producer.make({ options: this.#picture, slots, keep: !this.#cache.isFull });
    const cached = slots.filter(({ image }) => image).length;
    this.#counts.cachedImages += cached;
    this.#counts.decodedImages += slots.length - cached - result.failures.length;
    if (!this.isClosed) for (const [index, image] of result.decoded) this.#cache.add(index, image);
    for (const { position, message } of result.failures) {
      if (this.options.onCorrupt !== 'skip') throw new OnebitError('ERR_DATA', message);
      this.#skipped.set(slots[position].index, message);
    }
    return result;
  }

  /** Samples in the place of those that failed are drawn from seed, epoch and index: the same in every run over the same files. */
  async #replaceFailures(slots: readonly Slot[], result: BatchResult, epoch: number) {
    const filled = [...slots];
    const objects = [...result.objects];
    const length = result.images.length / slots.length;
    for (const { position } of result.failures) {
      for (let attempt = 0; ; attempt++) {
        if (attempt === substitutes) {
          const list = [...this.#skipped.values()].slice(0, 3).join('\n  ');
          throw new OnebitError('ERR_DATA', `loader: too many corrupt pictures to go on without them:\n  ${list}`);
        }
        const index =
          hashSeed(this.plan.seed, 'substitute', epoch, slots[position].index, attempt) % this.samples.length;
        const slot = this.#slot(index, epoch);
        const single = await this.#run([slot]);
        if (single.failures.length > 0) continue;
        result.images.set(single.images, position * length);
        objects[position] = single.objects[0];
        filled[position] = slot;
        break;
      }
    }
    return { slots: filled, result: { ...result, objects } };
  }
}

function withoutFailures(slots: readonly Slot[], result: BatchResult) {
  const failed = new Set(result.failures.map(({ position }) => position));
  const kept = slots.map((_, position) => position).filter((position) => !failed.has(position));
  const length = result.images.length / slots.length;
  const images = new Float32Array(kept.length * length);
  for (const [to, from] of kept.entries())
    images.set(result.images.subarray(from * length, (from + 1) * length), to * length);
  const objects = kept.map((position) => result.objects[position]);
  return { slots: kept.map((position) => slots[position]), result: { ...result, images, objects } };
}

function targetOf(objects: BatchResult['objects'][number]): DetectionTarget {
  return {
    boxes: Float32Array.from(objects.flatMap(({ box }) => box)),
    labels: Int32Array.from(objects, ({ object }) => object.label),
    difficult: Uint8Array.from(objects, ({ object }) => Number(object.difficult)),
  };
}
