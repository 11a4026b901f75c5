import { CocoError } from '../errors.js';
import { maskIou } from '../mask/iou.js';
import { areaOf } from '../mask/measure.js';
import { runsOf } from '../mask/rle.js';
import type { Runs } from '../mask/runs.js';
import type { CocoSegmentation } from '../types.js';
import type { PairIou } from './box-iou.js';
import { evalError, type Report } from './checks.js';
import type { EvalAnnotation, Needs, Table } from './table.js';

/** Annotations whose masks are compared. */
export interface MaskList {
  readonly annotations: readonly EvalAnnotation[];
  readonly table: Table;
  readonly list: Needs['list'];
}

/** Size of an image in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** How masks are read. */
export interface MaskReading {
  /** By position in `imgIds`. */
  readonly sizes: readonly ImageSize[];
  /** See `runsOf`. */
  readonly strict: boolean;
  readonly report: Report;
}

/** IoU of masks by their runs. Masks are decoded for pairs that have both detections and truths, and not kept. */
export function maskPairIou(detections: MaskList, truths: MaskList, reading: MaskReading): PairIou {
  return (detectionRows, truthRows) =>
    maskIou(
      Array.from(detectionRows, (row) => maskOf(detections, row, reading)),
      Array.from(truthRows, (row) => maskOf(truths, row, reading)),
      Uint8Array.from(truthRows, (row) => truths.table.crowd[row]),
    );
}

function maskOf(masks: MaskList, row: number, { sizes, strict, report }: MaskReading): Runs {
  const { annotations, table, list } = masks;
  const source = table.source[row];
  const annotation = annotations[source];
  const { height, width } = sizes[table.image[row]];
  const place = `${list}[${source}].segmentation`;
  try {
    const runs = runsOf(annotation.segmentation ?? rectangleOf(annotation, place, report), height, width, { strict });
    if (list === 'detections') checkArea(annotation, runs, `${list}[${source}].area`, report);
    return runs;
  } catch (error) {
    if (!(error instanceof CocoError) || error.file) throw error;
    throw evalError([place, error.place].filter((part) => part).join('.'), error.complaint);
  }
}

/** pycocotools compares the rectangle of a detection that has no mask. */
function rectangleOf({ bbox, score }: EvalAnnotation, place: string, report: Report): CocoSegmentation {
  if (score === undefined || bbox === undefined)
    throw evalError(place, 'must be there to compare masks, found nothing');
  const message = 'must be there to compare masks, found a box alone: pycocotools compares the rectangle';
  report({ code: 'box-as-mask', place, message });
  const [x, y, w, h] = Array.from(bbox);
  return [[x, y, x, y + h, x + w, y + h, x + w, y]];
}

/** The area of a result with box and mask is that of the box, which sorts it into another range than its mask. */
function checkArea({ area, bbox }: EvalAnnotation, runs: Runs, place: string, report: Report): void {
  if (bbox === undefined || area !== bbox[2] * bbox[3] || area === areaOf(runs)) return;
  const message = `must be the pixels of the mask, found the area of the box, ${area}: results with bbox and segmentation are read as boxes, and small, medium and large change`;
  report({ code: 'area-of-box', place, message });
}
