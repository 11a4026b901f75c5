import { hashSeed, isUserError, OnebitError, Random } from '@onebit/common';
import { type AugmentedObject, augmentPicture, type PictureOptions } from '../augment/augment.js';
import { randomDraws } from '../augment/draws.js';
import { decodeImage, type RgbImage, sharedImage } from '../image.js';
import type { DetectionObject, DetectionSample } from '../types.js';

/** One picture to put into a batch. */
export interface Slot {
  /** Position in the loader's samples. */
  readonly index: number;
  readonly sample: DetectionSample;
  /** Seed of its augmentation. */
  readonly seed: number;
  /** Its decoded pixels, if they are at hand. */
  readonly image?: RgbImage;
}

/** Work for one batch, as it travels to a worker. */
export interface BatchTask {
  readonly options: PictureOptions;
  readonly slots: readonly Slot[];
  /** Whether decoded pixels are wanted back, in shared memory. */
  readonly keep: boolean;
}

/** A picture of a batch that could not be read. */
interface SlotFailure {
  /** Position in the batch. */
  readonly position: number;
  readonly message: string;
}

/** What came of a task; positions that failed hold zeros and no objects. */
export interface BatchResult {
  /** [slots, height, width, 3] */
  readonly images: Float32Array;
  readonly objects: readonly (readonly AugmentedObject<DetectionObject>[])[];
  readonly failures: readonly SlotFailure[];
  /** Pictures that were decoded for it, by sample index, if wanted. */
  readonly decoded: readonly (readonly [number, RgbImage])[];
}

/** Decodes and augments the pictures of a batch. Depends on the task alone, so it gives the same wherever and whenever it runs. */
export async function makeBatch({ options, slots, keep }: BatchTask): Promise<BatchResult> {
  const [height, width] = options.imageSize;
  const length = height * width * 3;
  const images = new Float32Array(slots.length * length);
  const objects: AugmentedObject<DetectionObject>[][] = slots.map(() => []);
  const failures: SlotFailure[] = [];
  const decoded: [number, RgbImage][] = [];
  // All decoding starts at once: sharp works in threads of its own, while this one augments what is ready.
  const pending = slots.map(({ sample, image }) => image ?? decodeSample(sample));
  for (const picture of pending) if (picture instanceof Promise) picture.catch(() => undefined); // awaited below, in order
  for (const [position, { index, sample, seed, image: known }] of slots.entries()) {
    try {
      let image = await pending[position];
      if (!known && keep) {
        image = sharedImage(image);
        decoded.push([index, image]);
      }
      const output = images.subarray(position * length, (position + 1) * length);
      const draws = randomDraws(new Random(seed));
      objects[position] = augmentPicture(image, sample.objects, options, draws, output);
    } catch (error) {
      if (!isUserError(error)) throw error;
      failures.push({ position, message: error.message });
    }
  }
  return { images, objects, failures, decoded };
}

/** Seed of the augmentation of one picture in one epoch. */
export function augmentSeed(seed: number, epoch: number, index: number): number {
  return hashSeed(seed, 'augment', epoch, index);
}

async function decodeSample(sample: DetectionSample): Promise<RgbImage> {
  const image = await decodeImage(sample.imagePath);
  if (image.width === sample.width && image.height === sample.height) return image;
  throw new OnebitError(
    'ERR_DATA',
    `${sample.imagePath}: must have the size ${sample.width} x ${sample.height} that its boxes are for, found ${image.width} x ${image.height}. ` +
      'Was it resized or turned after it was annotated? Restore it, or open the data set again.',
  );
}
