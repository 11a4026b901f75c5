import { CocoError } from '../errors.js';
import type { CocoRle } from '../types.js';
import { eachOf, within } from './lists.js';
import { checkPolygon, rasterize } from './polygon.js';
import { type Rle, readRle, rleOf } from './rle.js';
import { checkSize, type MaskOptions } from './runs.js';

/** A polygon [x1, y1, x2, y2, x3, y3, …] or a box [x, y, width, height], in pixels. */
type Numbers = readonly number[] | Float64Array;

/**
 * Masks in an image of `h` x `w` pixels of polygons, boxes or uncompressed runs: of a list of one kind or of a single one. As in pycocotools the length of the first entry decides for
 * the whole list: four numbers are a box, more are a polygon, and behind a polygon four numbers are a polygon of two points.
 *
 * Lists of boxes and a single list of numbers, which pycocotools' documentation names but its code refuses, are taken.
 * @throws CocoError naming entry and number where there are boxes and polygons, polygons of odd length (taken with `strict: false`), or broken runs.
 */
export function frPyObjects(object: Numbers | CocoRle, h: number, w: number, options?: MaskOptions): Rle;
export function frPyObjects(
  objects: readonly Numbers[] | readonly CocoRle[],
  h: number,
  w: number,
  options?: MaskOptions,
): Rle[];
export function frPyObjects(
  objects: Numbers | CocoRle | readonly (Numbers | CocoRle)[],
  h: number,
  w: number,
  options: MaskOptions = {},
): Rle | Rle[] {
  checkSize(h, w, 'mask.frPyObjects: [h, w]');
  const single = isSingle(objects);
  const first = single ? objects : objects[0];
  const boxes = first !== undefined && !('counts' in first) && first.length === 4;
  const toRle = (object: Numbers | CocoRle): Rle => {
    if ('counts' in object) return rleOf(readRle(object, options));
    if (boxes) return rleOf(rasterize(corners(object), h, w));
    checkPolygon(object, '', options.strict !== false);
    return rleOf(rasterize(object, h, w));
  };
  const name = 'mask.frPyObjects';
  return single ? within(name, '', () => toRle(objects)) : eachOf(name, objects, toRle);
}

function isSingle(objects: Numbers | CocoRle | readonly (Numbers | CocoRle)[]): objects is Numbers | CocoRle {
  return 'counts' in objects || typeof objects[0] === 'number';
}

/** A box as a polygon, in pycocotools' order. */
function corners(box: Numbers): number[] {
  checkPolygon(box, '', false);
  if (box.length !== 4) {
    throw new CocoError(
      '',
      '',
      `must be a box [x, y, width, height] as the first entry is, found ${box.length} numbers`,
    );
  }
  const [x, y, width, height] = box;
  return [x, y, x, y + height, x + width, y + height, x + width, y];
}
