import type { CocoRle } from 'cocoapi-js';

/** Detections or objects as columns. Boxes are [x, y, width, height]: what COCO files hold is then compared without rounding. */
export interface Items {
  /** [N] index of the image. */
  readonly image: Int32Array;
  /** [N] index of the class. */
  readonly label: Int32Array;
  /** [N, 4] x, y, width, height in pixels. */
  readonly box: Float64Array;
  /** [N] compared in place of boxes, where given. */
  readonly masks?: readonly CocoRle[];
}

/** How an object that is not to be found is overlapped by a detection: not at all, by its IoU, or by the share of the detection inside it. */
export const Ignore = { no: 0, difficult: 1, crowd: 2 } as const;

/** A data set and the detections in it, ready to be compared. */
export interface TideInput {
  readonly images: number;
  readonly classes: number;
  readonly detections: Items & {
    /** [N] */
    readonly score: Float64Array;
  };
  readonly objects: Items & {
    /** [G] {@link Ignore}. */
    readonly ignore: Uint8Array;
  };
}

/** Indices of items by image: those of image i are `items[offsets[i]]` to `items[offsets[i + 1] - 1]`. */
export interface ByImage {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** Groups the items `order` by image and keeps their order; of each image at most `limit`. */
export function groupByImage(
  image: Int32Array,
  images: number,
  order: Int32Array,
  limit = Number.POSITIVE_INFINITY,
): ByImage {
  const counts = new Int32Array(images);
  for (const item of order) if (counts[image[item]] < limit) counts[image[item]]++;
  const offsets = new Int32Array(images + 1);
  for (let i = 0; i < images; i++) offsets[i + 1] = offsets[i] + counts[i];
  const items = new Int32Array(offsets[images]);
  const next = offsets.slice(0, images);
  for (const item of order) {
    const i = image[item];
    if (next[i] < offsets[i + 1]) items[next[i]++] = item;
  }
  return { offsets, items };
}
