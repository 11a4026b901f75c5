import { CocoError } from '../errors.js';
import type { CocoRle } from '../types.js';
import { type Bitmap, bitmapOf, runsOfBitmap } from './bitmap.js';
import { boxIou, maskIou } from './iou.js';
import { areaOf, boxOf } from './measure.js';
import { mergeRuns } from './merge.js';
import { rasterize } from './polygon.js';
import { type Rle, readRle, rleOf } from './rle.js';
import { checkSize, type MaskOptions } from './runs.js';

/** [x, y, width, height] in pixels. */
type Box = ArrayLike<number>;

/**
 * Compresses one mask or a list of them.
 * @throws CocoError where the data are not height x width values.
 */
export function encode(mask: Bitmap): Rle;
export function encode(masks: readonly Bitmap[]): Rle[];
export function encode(mask: Bitmap | readonly Bitmap[]): Rle | Rle[] {
  return each(mask, (bitmap) => rleOf(runsOfBitmap(bitmap)));
}

/**
 * Pixels 0 and 1, row-major, of one mask or a list of them. Runs that end early leave the rest 0 (in pycocotools: whatever the memory held).
 * @throws CocoError where text or runs are broken, or hold more pixels than the size.
 */
export function decode(rle: CocoRle): Bitmap & { readonly data: Uint8Array };
export function decode(rles: readonly CocoRle[]): (Bitmap & { readonly data: Uint8Array })[];
export function decode(rle: CocoRle | readonly CocoRle[]) {
  return each(rle, (one) => bitmapOf(readRle(one)));
}

/** Foreground pixels of one mask or of each of a list. */
export function area(rle: CocoRle, options?: MaskOptions): number;
export function area(rles: readonly CocoRle[], options?: MaskOptions): number[];
export function area(rle: CocoRle | readonly CocoRle[], options?: MaskOptions): number | number[] {
  return each(rle, (one) => areaOf(readRle(one, options)));
}

/** Tight box [x, y, width, height] of one mask or of each of a list; [0, 0, 0, 0] for an empty mask. */
export function toBbox(rle: CocoRle, options?: MaskOptions): number[];
export function toBbox(rles: readonly CocoRle[], options?: MaskOptions): number[][];
export function toBbox(rle: CocoRle | readonly CocoRle[], options?: MaskOptions): number[] | number[][] {
  return each(rle, (one): number[] => boxOf(readRle(one, options), options));
}

/** Union of masks, or with `intersect` their intersection. */
export function merge(rles: readonly CocoRle[], intersect = false, options?: MaskOptions): Rle {
  if (rles.length === 0) return { size: [0, 0], counts: '' };
  return rleOf(
    mergeRuns(
      rles.map((rle) => readRle(rle, options)),
      intersect,
    ),
  );
}

/**
 * Intersection over union of every detection with every ground truth, masks with masks or boxes with boxes; with a crowd, over the detection's own area.
 * @param iscrowd 1 for a ground truth that is a region of many objects, [G].
 * @returns rows of detections, [D][G]; an empty list where either side is empty.
 */
export function iou(
  dt: readonly CocoRle[] | readonly Box[],
  gt: readonly CocoRle[] | readonly Box[],
  iscrowd: ArrayLike<boolean | number>,
  options?: MaskOptions,
): number[][] {
  if (dt.length === 0 || gt.length === 0) return [];
  if (iscrowd.length !== gt.length) {
    throw new CocoError(
      '',
      'mask.iou: iscrowd',
      `must hold a flag for each of ${gt.length} ground truths, found ${iscrowd.length}`,
    );
  }
  const masks = areMasks(dt);
  if (masks !== areMasks(gt)) throw new CocoError('', 'mask.iou', 'must be given masks on both sides, or boxes');
  const ious = masks
    ? maskIou(
        (dt as readonly CocoRle[]).map((rle) => readRle(rle, options)),
        (gt as readonly CocoRle[]).map((rle) => readRle(rle, options)),
        iscrowd,
      )
    : boxIou(dt as readonly Box[], gt as readonly Box[], iscrowd);
  return dt.map((_, d) => [...ious.subarray(d * gt.length, (d + 1) * gt.length)]);
}

function areMasks(list: readonly CocoRle[] | readonly Box[]): boolean {
  return 'counts' in list[0];
}

/** What {@link frPyObjects} takes: a polygon [x1, y1, x2, y2, x3, y3, …], a box [x, y, width, height], or runs. */
type MaskObject = readonly number[] | Float64Array | CocoRle;

/** Masks of a picture of `h` x `w` pixels from a polygon, a box or uncompressed runs, or from a list of one of these. */
export function frPyObjects(object: MaskObject, h: number, w: number): Rle;
export function frPyObjects(objects: readonly MaskObject[], h: number, w: number): Rle[];
export function frPyObjects(objects: MaskObject | readonly MaskObject[], h: number, w: number): Rle | Rle[] {
  checkSize(h, w, 'mask.frPyObjects: h, w');
  const toRle = (object: MaskObject) => {
    if ('counts' in object) return rleOf(readRle(object));
    if (object.length !== 4) return rleOf(rasterize(object, h, w));
    const [x, y, width, height] = object;
    return rleOf(rasterize([x, y, x, y + height, x + width, y + height, x + width, y], h, w));
  };
  if ('counts' in objects || typeof objects[0] === 'number') return toRle(objects as MaskObject);
  return (objects as readonly MaskObject[]).map(toRle);
}

function each<T, U>(value: T | readonly T[], act: (one: T) => U): U | U[] {
  return Array.isArray(value) ? value.map(act) : act(value as T);
}
