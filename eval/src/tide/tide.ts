import { OnebitError, unknownName } from '@onebit/common';
import type { CocoRle } from 'cocoapi-js';
import { apRules } from './average-precision.js';
import { tideReport } from './report.js';
import { Ignore, type Items, type TideInput } from './tide-input.js';
import type { TideDetection, TideObject, TideOptions, TideResult, TideTruths } from './types.js';

const where = 'tideErrors';

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
    throw new OnebitError('ERR_DATA', `${where}: every image must be given once, image ${repeated} is repeated`);
  }
  const input: TideInput = {
    images: truths.length,
    classes: classes.length,
    detections: detectionColumns(detections, images, classes.length, checked.iouType),
    objects: objectColumns(truths, classes.length, checked.iouType),
  };
  return tideReport(input, { classes, imageIds }, checked);
}

type IouType = NonNullable<TideOptions['iouType']>;

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
      throw new OnebitError('ERR_DATA', `${where}: ${place()}: the image must be among the truths`);
    }
    if (!Number.isFinite(detection.score)) {
      throw new OnebitError('ERR_DATA', `${where}: ${place()}: score must be a finite number, got ${detection.score}`);
    }
    columns.set(i, image, detection, place);
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
      columns.set(j, image, object, () => `object ${i} of image ${id}`);
      ignore[j++] = object.crowd ? Ignore.crowd : object.difficult ? Ignore.difficult : Ignore.no;
    }
  }
  return { ...columns.items, ignore };
}

/** Fills {@link Items} and checks what goes in. */
class Columns {
  readonly items: Items;
  readonly #classes: number;
  readonly #masks: CocoRle[] | undefined;

  constructor(count: number, classes: number, iouType: IouType) {
    this.#classes = classes;
    this.#masks = iouType === 'segm' ? [] : undefined;
    this.items = {
      image: new Int32Array(count),
      label: new Int32Array(count),
      box: new Float64Array(4 * count),
      masks: this.#masks,
    };
  }

  set(index: number, image: number, item: TideDetection | TideObject, place: () => string): void {
    const refuse = (what: string) => new OnebitError('ERR_DATA', `${where}: ${place()}: ${what}`);
    const { label, box, mask } = item;
    if (!Number.isInteger(label) || label < 0 || label >= this.#classes) {
      throw refuse(`label must be 0 to ${this.#classes - 1}, got ${label}`);
    }
    if (box.length !== 4 || !box.every(Number.isFinite)) {
      throw refuse(`box must be four finite numbers, got [${box.join(', ')}]`);
    }
    const [x1, y1, x2, y2] = box;
    this.items.image[index] = image;
    this.items.label[index] = label;
    this.items.box.set([x1, y1, x2 - x1, y2 - y1], 4 * index);
    if (this.#masks === undefined) return;
    if (mask === undefined) throw refuse(`a mask is needed for iouType 'segm'`);
    this.#masks[index] = mask;
  }
}

/** The options with their defaults, checked. */
function tideOptions(options: TideOptions): Required<TideOptions> {
  const { iouType = 'bbox', classMean, foreground = 0.5, background = 0.1, maxDetections = 100 } = options;
  if (!(classMean in apRules)) throw unknownName(`${where}: classMean`, classMean, Object.keys(apRules));
  if (iouType !== 'bbox' && iouType !== 'segm') throw unknownName(`${where}: iouType`, iouType, ['bbox', 'segm']);
  if (!(background >= 0 && background < foreground && foreground <= 1)) {
    const got = `background ${background} and foreground ${foreground}`;
    throw new OnebitError('ERR_USAGE', `${where}: need 0 <= background < foreground <= 1, got ${got}`);
  }
  if (!(maxDetections >= 1)) {
    throw new OnebitError('ERR_USAGE', `${where}: maxDetections must be at least 1, got ${maxDetections}`);
  }
  return { iouType, classMean, foreground, background, maxDetections };
}
