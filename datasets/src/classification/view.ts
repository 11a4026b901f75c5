import type { Draws } from '../augment/draws.js';
import type { View } from '../augment/geometry.js';

/** Which part of a picture becomes the input of a classifier. */
export type ClassificationAugment =
  /** The largest centred part of the output's shape, times `share`: 1 for small pictures, 224 / 256 for photographs by the usual protocol. */
  | { readonly kind: 'centre'; readonly share: number }
  /** For small pictures (He et al. 2016, arXiv 1512.03385, section 4.2): `pad` pixels of the mean around it, a crop of the output's size, mirrored in half of the cases. */
  | { readonly kind: 'pad-crop'; readonly pad: number }
  /**
   * For photographs (Szegedy et al. 2015, arXiv 1409.4842, section 6): a part with `scale` of the area and `ratio` of width to height, drawn by its logarithm; mirrored in
   * half of the cases. `colour` is the largest relative change of light and of saturation, 0 for none.
   */
  | {
      readonly kind: 'resized-crop';
      readonly scale: readonly [number, number];
      readonly ratio: readonly [number, number];
      readonly colour: number;
    };

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws the part of a picture that becomes an output of `[height, width]`. */
export function drawView(
  augment: ClassificationAugment,
  picture: Size,
  [height, width]: readonly [number, number],
  draws: Draws,
): View {
  switch (augment.kind) {
    case 'centre': {
      const perPixel = augment.share * Math.min(picture.height / height, picture.width / width);
      const size = sizeWithin(picture, width * perPixel, height * perPixel);
      return viewOf(size, Math.floor((picture.width - size.width) / 2), Math.floor((picture.height - size.height) / 2));
    }
    case 'pad-crop': {
      const start = (room: number) => draws.integer(Math.max(0, room + 2 * augment.pad) + 1) - augment.pad;
      const [left, top] = [start(picture.width - width), start(picture.height - height)];
      return viewOf({ width, height }, left, top, draws.integer(2) === 1);
    }
    case 'resized-crop': {
      const size = drawSize(picture, augment.scale, augment.ratio, draws);
      const left = draws.integer(picture.width - size.width + 1);
      const top = draws.integer(picture.height - size.height + 1);
      return viewOf(size, left, top, draws.integer(2) === 1);
    }
  }
}

function viewOf({ width, height }: Size, left: number, top: number, mirrored = false): View {
  return { left, top, right: left + width, bottom: top + height, mirrored };
}

/** Whole pixels, at least one and no more than there are. */
function sizeWithin(picture: Size, width: number, height: number): Size {
  const whole = (length: number, most: number) => Math.min(most, Math.max(1, Math.round(length)));
  return { width: whole(width, picture.width), height: whole(height, picture.height) };
}

/** Draws of a size that may not fit, before the whole picture, cut to the nearest allowed shape, is taken. */
const sizeTries = 10;

function drawSize(
  picture: Size,
  [small, large]: readonly [number, number],
  [narrow, wide]: readonly [number, number],
  draws: Draws,
): Size {
  for (let i = 0; i < sizeTries; i++) {
    const area = picture.width * picture.height * draws.uniform(small, large);
    const ratio = Math.exp(draws.uniform(Math.log(narrow), Math.log(wide)));
    const [width, height] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (width > 0 && height > 0 && width <= picture.width && height <= picture.height) return { width, height };
  }
  const ratio = Math.min(wide, Math.max(narrow, picture.width / picture.height));
  return sizeWithin(picture, picture.height * ratio, picture.width / ratio);
}
