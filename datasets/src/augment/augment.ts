import type { RgbImage } from '../image.js';
import type { Box } from '../types.js';
import type { Draws } from './draws.js';
import { boxInView, correctedGeometry, drawView, type GeometryRules, officialGeometry, type View } from './geometry.js';
import { type Distortion, distort, drawDistortion } from './photometric.js';
import { type Interpolation, type Pixels, resample } from './resample.js';

/**
 * `none`: resize alone. `ssd`: SSD's augmentation as published, colours kept in their range. `ssd-official`: the released BiDet code step by step with
 * its quirks, for parity with published numbers.
 */
export type AugmentPreset = 'none' | 'ssd' | 'ssd-official';

/** What happens between a decoded picture and a network's input. */
export interface PictureOptions {
  /** [height, width] of the output. */
  readonly imageSize: readonly [number, number];
  readonly augment: AugmentPreset;
  /** Largest factor of the canvas around a picture (SSD: 4). Lower it for small outputs, where objects would shrink to nothing. */
  readonly maxExpand?: number;
  /** Smallest side of a crop as a part of the canvas (SSD: 0.3). */
  readonly minCrop?: number;
  /** Default: `bilinear` with `ssd-official`, `antialiased` otherwise. Evaluation should use what training used. */
  readonly interpolation?: Interpolation;
  /** Subtracted from red, green, blue (always in this order) in 0 … 255; also the colour around expanded pictures. */
  readonly mean: readonly [number, number, number];
  /** Divides red, green, blue after the mean was subtracted. */
  readonly std: readonly [number, number, number];
  /** Order of the output's channels. */
  readonly channelOrder: 'rgb' | 'bgr';
}

/** A picture's normalised pixels went to the caller's array; these are its boxes. */
export interface AugmentedObject<T> {
  /** Relative to the output, 0 … 1. */
  readonly box: Box;
  readonly object: T;
}

/**
 * Augments, resizes and normalises one picture with its objects.
 * @param output [height, width, 3] of `imageSize`, overwritten.
 * @returns the objects that are left: those whose centre is in the output, clipped to it.
 */
export function augmentPicture<T extends { readonly box: Box }>(
  image: RgbImage,
  objects: readonly T[],
  options: PictureOptions,
  draws: Draws,
  output: Float32Array,
): AugmentedObject<T>[] {
  const view = render(image, objects, options, draws, output);
  normalize(output, options);
  return objects.flatMap((object) => {
    const box = boxInView(object.box, view);
    return box ? [{ box, object }] : [];
  });
}

function render(
  image: RgbImage,
  objects: readonly { readonly box: Box }[],
  options: PictureOptions,
  draws: Draws,
  output: Float32Array,
): View {
  const { augment, imageSize, mean } = options;
  const interpolation = options.interpolation ?? (augment === 'ssd-official' ? 'bilinear' : 'antialiased');
  if (augment === 'none') {
    const view = { left: 0, top: 0, right: image.width, bottom: image.height, mirrored: false };
    resample(image, view, output, imageSize, mean, interpolation);
    return view;
  }
  const isOfficial = augment === 'ssd-official';
  // Colours are drawn before the geometry in both variants, so that one order of draws serves both.
  const distortion = drawDistortion(draws);
  const view = drawView(
    draws,
    image,
    objects.map(({ box }) => box),
    rulesOf(options),
  );
  const source = isOfficial ? distortWhole(image, distortion) : image;
  const covered = resample(source, view, output, imageSize, mean, interpolation);
  // Few pixels are left after the resize, so the colours are changed there; the fill around the picture stays as it is.
  if (!isOfficial) distort(output, { stride: imageSize[1], ...covered }, distortion, true);
  return view;
}

/** The official order: colours of the whole picture first, in floats that may leave 0 … 255. */
export function distortWhole({ data, width, height }: RgbImage, distortion: Distortion): Pixels {
  const pixels = Float32Array.from(data);
  distort(pixels, { stride: width, left: 0, top: 0, right: width, bottom: height }, distortion, false);
  return { data: pixels, width, height };
}

function rulesOf({ augment, maxExpand, minCrop }: PictureOptions): GeometryRules {
  const rules = augment === 'ssd-official' ? officialGeometry : correctedGeometry;
  return { ...rules, maxExpand: maxExpand ?? rules.maxExpand, minCrop: minCrop ?? rules.minCrop };
}

/** Subtracts the mean and divides by the deviation, in place; `pixels` are red, green, blue and leave in the order asked for. */
export function normalize(
  pixels: Float32Array,
  { mean, std, channelOrder }: Pick<PictureOptions, 'mean' | 'std' | 'channelOrder'>,
): void {
  const [toRed, toBlue] = channelOrder === 'rgb' ? [0, 2] : [2, 0];
  const [red, green, blue] = mean;
  const [perRed, perGreen, perBlue] = std.map((value) => 1 / value);
  for (let i = 0; i < pixels.length; i += 3) {
    const r = (pixels[i] - red) * perRed;
    const b = (pixels[i + 2] - blue) * perBlue;
    pixels[i + toRed] = r;
    pixels[i + 1] = (pixels[i + 1] - green) * perGreen;
    pixels[i + toBlue] = b;
  }
}
