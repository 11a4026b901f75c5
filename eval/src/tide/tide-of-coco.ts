import { OnebitError } from '@onebit/common';
import type { COCO, CocoAnnotation, CocoId } from 'cocoapi-js';
import { Columns, type IouType } from './columns.js';
import { tideOptions } from './options.js';
import { tideReport } from './report.js';
import { Ignore, type TideInput } from './tide-input.js';
import type { TideOptions, TideResult } from './types.js';

/**
 * The breakdown of `tideErrors` for COCO files: classes are the categories and images those of the ground truth, both in file order, crowds are regions. In
 * the list of errors a detection is its index among `cocoDt.dataset.annotations`, an object its index in `cocoGt.imgToAnns` of the image.
 * @param cocoDt what `cocoGt.loadRes` gave
 * @throws OnebitError for annotations without a box and for images and categories that the ground truth does not have.
 */
export function tideOfCoco(cocoGt: COCO, cocoDt: COCO, options: TideOptions): TideResult {
  const checked = tideOptions(options);
  const { images, categories, annotations } = cocoGt.dataset;
  const detections = cocoDt.dataset.annotations;
  const labels = new Map(categories.map(({ id }, k) => [id, k]));
  const places = new Map(images.map(({ id }, i) => [id, i]));
  const columns = (coco: COCO) => columnsOf(coco, places, labels, checked.iouType);
  const input: TideInput = {
    images: images.length,
    classes: categories.length,
    detections: { ...columns(cocoDt), score: Float64Array.from(detections, ({ score }) => score ?? Number.NaN) },
    objects: {
      ...columns(cocoGt),
      ignore: Uint8Array.from(annotations, ({ iscrowd }) => (iscrowd ? Ignore.crowd : Ignore.no)),
    },
  };
  const unscored = input.detections.score.findIndex((score) => !Number.isFinite(score));
  if (unscored >= 0) throw refuse(detections[unscored], 'score must be a finite number', detections[unscored].score);
  const names = { classes: categories.map(({ name }) => name), imageIds: images.map(({ id }) => id) };
  return tideReport(input, names, checked);
}

function columnsOf(
  coco: COCO,
  places: ReadonlyMap<CocoId, number>,
  labels: ReadonlyMap<CocoId, number>,
  iouType: IouType,
): Columns['items'] {
  const { annotations } = coco.dataset;
  const columns = new Columns(annotations.length, labels.size, iouType);
  for (const [i, annotation] of annotations.entries()) {
    const { image_id, category_id, bbox } = annotation;
    const [image, label] = [places.get(image_id), labels.get(category_id)];
    if (image === undefined) throw refuse(annotation, 'image_id must be an image of the ground truth', image_id);
    if (label === undefined)
      throw refuse(annotation, 'category_id must be a category of the ground truth', category_id);
    if (bbox === undefined && iouType === 'bbox') throw refuse(annotation, 'bbox must be there', bbox);
    const mask = iouType === 'segm' ? coco.annToRLE(annotation) : undefined;
    columns.set(i, image, { label, box: bbox ?? [0, 0, 0, 0], mask }, () => `annotation ${annotation.id}`);
  }
  return columns.items;
}

function refuse({ id }: CocoAnnotation, rule: string, found: unknown): OnebitError {
  return new OnebitError('ERR_DATA', `tideOfCoco: annotation ${id}: ${rule}, got ${JSON.stringify(found)}`);
}
