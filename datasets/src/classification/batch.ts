import { Random } from '@onebit/common';
import { randomDraws } from '../augment/draws.js';
import { decodeImage, type RgbImage, sharedImage } from '../image.js';
import { type ClassifierInputOptions, classifierInput } from './augment.js';

/** One picture to put into a batch, as it travels to a worker. */
interface Slot {
  /** A file, or pixels at hand. */
  readonly picture: string | RgbImage;
  /** Seed of its augmentation. */
  readonly seed: number;
}

/** Work for one batch. */
export interface BatchTask {
  readonly options: ClassifierInputOptions;
  readonly slots: readonly Slot[];
  /** Whether decoded pixels are wanted back, in shared memory. */
  readonly keep: boolean;
}

/** What came of a task. */
export interface BatchResult {
  /** [slots, height, width, 3] */
  readonly images: Float32Array;
  /** Pictures that were decoded for it, by position in the batch, if wanted. */
  readonly decoded: readonly (readonly [number, RgbImage])[];
}

/**
 * Decodes and augments the pictures of a batch. Depends on the task alone, so it gives the same wherever and whenever it runs.
 * @throws OnebitError ERR_DATA naming the first picture that cannot be read.
 */
export async function makeBatch({ options, slots, keep }: BatchTask): Promise<BatchResult> {
  const [height, width] = options.imageSize;
  const length = height * width * 3;
  const images = new Float32Array(slots.length * length);
  const decoded: [number, RgbImage][] = [];
  // All decoding starts at once: sharp works in threads of its own, while this one augments what is ready.
  const pending = slots.map(({ picture }) => (typeof picture === 'string' ? decodeImage(picture) : picture));
  for (const picture of pending) if (picture instanceof Promise) picture.catch(() => undefined); // awaited below, in order
  for (const [position, { seed }] of slots.entries()) {
    let image = pending[position];
    if (image instanceof Promise) {
      image = await image;
      if (keep) {
        image = sharedImage(image);
        decoded.push([position, image]);
      }
    }
    const output = images.subarray(position * length, (position + 1) * length);
    classifierInput(image, options, randomDraws(new Random(seed)), output);
  }
  return { images, decoded };
}
