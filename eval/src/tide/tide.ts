import { OnebitError } from '@onebit/common';
import type { Box } from '../voc-rules.js';
import { Columns, type IouType } from './columns.js';
import { tideOptions } from './options.js';
import { tideReport } from './report.js';
import { Ignore, type TideInput } from './tide-input.js';
import type { TideDetection, TideOptions, TideResult, TideTruths } from './types.js';

/**
 * Why a detector's AP is not 1: the error breakdown of TIDE (Bolya et al. 2020, arXiv 2008.08115). Per image, the best detections find objects
 * of their class by descending score; each other one has one error, by the first test that holds: Loc (background <= IoU <= foreground with its
 * class), Cls (IoU >= foreground with another class), Dupe (its object was taken by a better detection), Bkg (IoU <= background with
 * everything), Both. An object that no detection found and no Cls or Loc error comes nearest to is missed. Then AP is taken again with one
 * kind of error mended at a time.
 * @param detections boxes are continuous; equal scores are ranked by image as in `truths`, then as listed
 * @throws OnebitError for labels outside the class list, unknown or repeated image ids, broken boxes and scores, thresholds out of range.
 */
export function tideErrors(
  detections: readonly TideDetection[],
  truths: readonly TideTruths[],
  { classes, ...options }: TideOptions & { readonly classes: readonly string[] },
): TideResult {
  const checked = tideOptions(options);
  const imageIds = truths.map(({ id }) => id);
  const images = new Map(imageIds.map((id, i) => [id, i]));
  if (images.size < truths.length) {
    const repeated = imageIds.find((id, i) => images.get(id) !== i);
    throw new OnebitError('ERR_DATA', `tideErrors: every image must be given once, image ${repeated} is repeated`);
  }
  const input: TideInput = {
    images: truths.length,
    classes: classes.length,
    detections: detectionColumns(detections, images, classes.length, checked.iouType),
    objects: objectColumns(truths, classes.length, checked.iouType),
  };
  return tideReport(input, { classes, imageIds }, checked);
}

function detectionColumns(
  detections: readonly TideDetection[],
  images: ReadonlyMap<string, number>,
  classes: number,
  iouType: IouType,
): TideInput['detections'] {
  const columns = new Columns(detections.length, classes, iouType);
  const score = new Float64Array(detections.length);
  detections.forEach((detection, i) => {
    const image = images.get(detection.image);
    const place = () => `detection ${i} of image ${detection.image}`;
    if (image === undefined) {
      throw new OnebitError('ERR_DATA', `tideErrors: ${place()}: the image must be among the truths`);
    }
    if (!Number.isFinite(detection.score)) {
      throw new OnebitError(
        'ERR_DATA',
        `tideErrors: ${place()}: score must be a finite number, got ${detection.score}`,
      );
    }
    columns.set(i, image, { ...detection, box: sizes(detection.box) }, place);
    score[i] = detection.score;
  });
  return { ...columns.items, score };
}

function objectColumns(truths: readonly TideTruths[], classes: number, iouType: IouType): TideInput['objects'] {
  const count = truths.reduce((sum, { objects }) => sum + objects.length, 0);
  const columns = new Columns(count, classes, iouType);
  const ignore = new Uint8Array(count);
  let j = 0;
  for (const [image, { id, objects }] of truths.entries()) {
    for (const [i, object] of objects.entries()) {
      columns.set(j, image, { ...object, box: sizes(object.box) }, () => `object ${i} of image ${id}`);
      ignore[j++] = object.crowd ? Ignore.crowd : object.difficult ? Ignore.difficult : Ignore.no;
    }
  }
  return { ...columns.items, ignore };
}

/** [x1, y1, x2, y2] as [x, y, width, height]. */
function sizes([x1, y1, x2, y2]: Box): Box {
  return [x1, y1, x2 - x1, y2 - y1];
}
