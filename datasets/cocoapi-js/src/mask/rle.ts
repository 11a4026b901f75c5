import { CocoError } from '../errors.js';
import type { CocoRle, CocoSegmentation } from '../types.js';
import { countsOf, stringOf } from './counts-string.js';
import { mergeRuns } from './merge.js';
import { checkPolygon, rasterize } from './polygon.js';
import { checkLength, checkSize, isCount, type MaskOptions, type Runs } from './runs.js';

/** A compressed mask. */
export interface Rle extends CocoRle {
  readonly counts: string;
}

/**
 * The mask of an annotation or a result in an image of `height` x `width` pixels: the union of its polygons, or its runs as they stand. No polygon is an empty mask; four numbers are a
 * polygon of two points, not a box.
 * @throws CocoError where a coordinate, the text or a run is broken or, unless `strict` is false, the runs are longer than their size or the size is not the image's. With
 * `strict: false` such a mask goes on as in pycocotools, where its IoU with any mask of the image is 0 or -1.
 */
export function runsOf(segmentation: CocoSegmentation, height: number, width: number, options: MaskOptions = {}): Runs {
  if (!('counts' in segmentation)) return fillPolygons(segmentation, height, width, options);
  const [h, w] = segmentation.size;
  if (options.strict !== false && (h !== height || w !== width)) {
    throw new CocoError('', 'size', `must be the image's [height, width], [${height}, ${width}], found [${h}, ${w}]`);
  }
  return readRle(segmentation, options);
}

function fillPolygons(
  polygons: readonly (readonly number[])[],
  height: number,
  width: number,
  { strict = true }: MaskOptions,
): Runs {
  checkSize(height, width, 'size');
  if (polygons.length === 0) return { height, width, counts: Uint32Array.of(height * width) };
  const masks = polygons.map((polygon, i) => {
    checkPolygon(polygon, `[${i}]`, strict);
    return rasterize(polygon, height, width);
  });
  return mergeRuns(masks, false);
}

/**
 * Runs of a mask, compressed or not.
 * @throws CocoError where the text or a run is broken or, unless `strict` is false, the runs hold more pixels than the size.
 */
export function readRle({ size: [height, width], counts }: CocoRle, { strict = true }: MaskOptions = {}): Runs {
  checkSize(height, width, 'size');
  const runs = { height, width, counts: readCounts(counts, strict) };
  if (strict) checkLength(runs);
  return runs;
}

function readCounts(counts: string | readonly number[], strict: boolean): Uint32Array {
  if (typeof counts === 'string') return countsOf(counts, { strict });
  const whole = strict ? counts : counts.map(Math.trunc);
  const wrong = whole.findIndex((count) => !isCount(count));
  if (wrong < 0) return Uint32Array.from(whole);
  throw new CocoError('', `counts[${wrong}]`, `must be a whole number from 0 to 2^32 - 1, found ${counts[wrong]}`);
}

/** Compresses runs. */
export function rleOf({ height, width, counts }: Runs): Rle {
  return { size: [height, width], counts: stringOf(counts) };
}
