import { normalize } from '../augment/augment.js';
import type { Draws } from '../augment/draws.js';
import type { View } from '../augment/geometry.js';
import { distort } from '../augment/photometric.js';
import { resample } from '../augment/resample.js';
import type { RgbImage } from '../image.js';
import { type ClassificationAugment, drawView } from './view.js';

/** What happens between a decoded picture and a classifier's input. */
export interface ClassifierInputOptions {
  /** [height, width] of the output. */
  readonly imageSize: readonly [number, number];
  readonly augment: ClassificationAugment;
  /** Subtracted from red, green, blue in 0 … 255; also the colour around padded pictures. */
  readonly mean: readonly [number, number, number];
  /** Divides red, green, blue after the mean was subtracted. */
  readonly std: readonly [number, number, number];
}

/**
 * Cuts, resizes and normalises one picture.
 * @param output [height, width, 3] of `imageSize`, red green blue, overwritten.
 */
export function classifierInput(
  image: RgbImage,
  options: ClassifierInputOptions,
  draws: Draws,
  output: Float32Array,
): void {
  const { imageSize, augment, mean, std } = options;
  const view = drawView(augment, image, imageSize, draws);
  const isExact = view.bottom - view.top === imageSize[0] && view.right - view.left === imageSize[1];
  const colour = augment.kind === 'resized-crop' ? augment.colour : 0;
  if (isExact && colour === 0) {
    copyNormalized(image, view, options, output);
    return;
  }
  const covered = resample(image, view, output, imageSize, mean, 'antialiased');
  if (colour > 0) {
    const [contrast, saturation] = [draws.uniform(1 - colour, 1 + colour), draws.uniform(1 - colour, 1 + colour)];
    distort(output, { stride: imageSize[1], ...covered }, { contrast, contrastFirst: true, saturation }, true);
  }
  normalize(output, { mean, std, channelOrder: 'rgb' });
}

/** The pixels of the view as they are, many times faster than a resize; what lies outside the picture is the mean, 0 after normalisation. */
function copyNormalized(
  { data, width, height }: RgbImage,
  { left, top, right, bottom, mirrored }: View,
  { mean, std }: ClassifierInputOptions,
  output: Float32Array,
): void {
  const [red, green, blue] = mean;
  const [perRed, perGreen, perBlue] = std.map((value) => 1 / value);
  const [firstX, lastX] = [Math.max(0, left), Math.min(width, right)];
  if (left < 0 || top < 0 || right > width || bottom > height) output.fill(0);
  const step = mirrored ? -3 : 3;
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    let to = 3 * ((y - top) * (right - left) + (mirrored ? right - 1 - firstX : firstX - left));
    const end = 3 * (y * width + lastX);
    for (let from = 3 * (y * width + firstX); from < end; from += 3, to += step) {
      output[to] = (data[from] - red) * perRed;
      output[to + 1] = (data[from + 1] - green) * perGreen;
      output[to + 2] = (data[from + 2] - blue) * perBlue;
    }
  }
}
