import { hashSeed, OnebitError, Random } from '@onebit/common';
import type { RgbImage } from '../image.js';
import { imagesIn } from './tiles.js';
import type { ClassificationDataset } from './types.js';

/** Which gratings to draw. */
export interface GratingsOptions {
  /** Number of classes: directions, evenly spaced over half a turn. */
  readonly classes: number;
  /** Pictures of each class. */
  readonly perClass: number;
  /** Side in pixels. */
  readonly size: number;
  readonly seed: number;
  /** Standard deviation of the noise on every pixel, in 0 … 255. Default 10. */
  readonly noise?: number;
}

/** Pixels of a period, from and to: wide enough for 16 pixels, narrow enough to be seen in several places. */
const periods = [3.5, 6] as const;

/** Amplitude of the wave in 0 … 127. */
const contrasts = [40, 90] as const;

/**
 * Sine waves on grey, a class for each direction, with random phase, period, contrast and colour and with noise: a task that a network of edge detectors learns in seconds
 * and no mean colour gives away. For tests of whatever shall learn.
 * @param split says which pictures: those of another split are others.
 * @throws OnebitError ERR_USAGE for counts that cannot be.
 */
export function makeGratings(options: GratingsOptions, split: string): ClassificationDataset {
  const { classes, perClass, size, seed, noise = 10 } = options;
  for (const [name, value] of Object.entries({ classes: classes - 1, perClass, size })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new OnebitError(
      'ERR_USAGE',
      `makeGratings: ${name} must be a whole number, at least ${name === 'classes' ? 2 : 1}`,
    );
  }
  const random = new Random(hashSeed(seed, 'gratings', split));
  const pictures = imagesIn(classes * perClass, size, size);
  const samples = pictures.map((picture, i) => {
    const label = i % classes;
    drawGrating(picture, (Math.PI * label) / classes, noise, random);
    return { id: `${split}#${i}`, label, picture };
  });
  const names = Array.from({ length: classes }, (_, label) => `${Math.round((180 * label) / classes)} degrees`);
  return { name: 'gratings', split, classes: names, samples };
}

function drawGrating({ data, width, height }: RgbImage, angle: number, noise: number, random: Random): void {
  const frequency = (2 * Math.PI) / random.uniform(...periods);
  const [alongX, alongY] = [frequency * Math.cos(angle), frequency * Math.sin(angle)];
  const phase = random.uniform(0, 2 * Math.PI);
  const contrast = random.uniform(...contrasts);
  const tint = [0, 1, 2].map(() => random.uniform(0.5, 1) * contrast);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const wave = Math.sin(alongX * x + alongY * y + phase);
      for (let channel = 0; channel < 3; channel++) {
        const value = 128 + tint[channel] * wave + random.normal(0, noise);
        data[i + channel] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
}
