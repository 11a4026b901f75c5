import { CocoError } from '../errors.js';
import type { CocoRle } from '../types.js';
import { type Bitmap, bitmapOf, type DecodedBitmap, runsOfBitmap } from './bitmap.js';
import { boxIou, maskIou } from './iou.js';
import { each, eachOf } from './lists.js';
import { areaOf, type Box, boxOf } from './measure.js';
import { mergeRuns } from './merge.js';
import { type Rle, readRle, rleOf } from './rle.js';
import type { MaskOptions } from './runs.js';

/**
 * Compresses one mask or a list of them.
 * @throws CocoError where the data are not height x width values.
 */
export function encode(mask: Bitmap): Rle;
export function encode(masks: readonly Bitmap[]): Rle[];
export function encode(mask: Bitmap | readonly Bitmap[]): Rle | Rle[] {
  return each('mask.encode', mask, (bitmap) => rleOf(runsOfBitmap(bitmap)));
}

/**
 * Pixels 0 and 1 in rows, of one mask or a list of them. Runs that end early leave the rest 0 (in pycocotools: whatever the memory held).
 * @throws CocoError where text or runs are broken, or hold more pixels than the size (also with `strict: false`).
 */
export function decode(rle: CocoRle, options?: MaskOptions): DecodedBitmap;
export function decode(rles: readonly CocoRle[], options?: MaskOptions): DecodedBitmap[];
export function decode(rle: CocoRle | readonly CocoRle[], options?: MaskOptions): DecodedBitmap | DecodedBitmap[] {
  return each('mask.decode', rle, (one) => bitmapOf(readRle(one, options)));
}

/**
 * Foreground pixels of one mask or of each of a list.
 * @throws CocoError where text or runs are broken; so do the functions below.
 */
export function area(rle: CocoRle, options?: MaskOptions): number;
export function area(rles: readonly CocoRle[], options?: MaskOptions): number[];
export function area(rle: CocoRle | readonly CocoRle[], options?: MaskOptions): number | number[] {
  return each('mask.area', rle, (one) => areaOf(readRle(one, options)));
}

/**
 * Tight box [x, y, width, height] in pixels of one mask or of each of a list; [0, 0, 0, 0] for an empty mask. With `strict: false` an empty mask whose list holds foreground runs of no
 * pixels gives [width, height, 1 - width, 1 - height] modulo 2^32, as in pycocotools.
 */
export function toBbox(rle: CocoRle, options?: MaskOptions): Box;
export function toBbox(rles: readonly CocoRle[], options?: MaskOptions): Box[];
export function toBbox(rle: CocoRle | readonly CocoRle[], options?: MaskOptions): Box | Box[] {
  return each('mask.toBbox', rle, (one) => boxOf(readRle(one, options), options));
}

/**
 * Union of masks, or with `intersect` their intersection. A single mask is returned as it is; no mask, or masks of different sizes, give `{ size: [0, 0], counts: '' }`.
 *
 * Where an input holds runs of no pixels, the result does not (pycocotools keeps some of them, and loses pixels where two inputs begin with two such runs). Masks whose runs end at different
 * pixels, on which pycocotools never returns, are background where they have ended.
 */
export function merge(rles: readonly CocoRle[], intersect = false, options?: MaskOptions): Rle {
  if (rles.length === 0) return { size: [0, 0], counts: '' };
  const masks = eachOf('mask.merge', rles, (rle) => readRle(rle, options));
  return rleOf(mergeRuns(masks, intersect));
}

/**
 * Intersection over union of every detection with every ground truth, masks with masks or boxes [x, y, width, height] with boxes; with a crowd, over the detection's own area. Masks of
 * different sizes have -1 where their boxes overlap, else 0.
 * @param iscrowd 1 for a ground truth that is a region of many objects, [G].
 * @returns rows of detections, [D][G]; an empty list where either side is empty.
 * @throws CocoError also where a flag is missing, or one side holds masks and the other boxes.
 */
export function iou(
  dt: readonly CocoRle[] | readonly ArrayLike<number>[],
  gt: readonly CocoRle[] | readonly ArrayLike<number>[],
  iscrowd: ArrayLike<boolean | number>,
  options?: MaskOptions,
): number[][] {
  if (dt.length === 0 || gt.length === 0) return [];
  if (iscrowd.length !== gt.length) {
    const complaint = `must hold a flag for each of ${gt.length} ground truths, found ${iscrowd.length}`;
    throw new CocoError('', 'mask.iou: iscrowd', complaint);
  }
  const ious = flatIou(dt, gt, iscrowd, options);
  return dt.map((_, d) => [...ious.subarray(d * gt.length, (d + 1) * gt.length)]);
}

function flatIou(
  dt: readonly CocoRle[] | readonly ArrayLike<number>[],
  gt: readonly CocoRle[] | readonly ArrayLike<number>[],
  iscrowd: ArrayLike<boolean | number>,
  options?: MaskOptions,
): Float64Array {
  if (areMasks(dt) && areMasks(gt)) {
    const read = (side: string, rles: readonly CocoRle[]) =>
      eachOf(`mask.iou: ${side}`, rles, (rle) => readRle(rle, options));
    return maskIou(read('dt', dt), read('gt', gt), iscrowd);
  }
  if (areMasks(dt) || areMasks(gt)) throw new CocoError('', 'mask.iou', 'must be given masks on both sides, or boxes');
  return boxIou(dt, gt, iscrowd);
}

function areMasks(list: readonly CocoRle[] | readonly ArrayLike<number>[]): list is readonly CocoRle[] {
  return 'counts' in list[0];
}
