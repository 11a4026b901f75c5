import { CocoError } from '../errors.js';
import { maskIou } from '../mask/iou.js';
import { runsOf } from '../mask/rle.js';
import type { Runs } from '../mask/runs.js';
import type { PairIou } from './box-iou.js';
import { evalError } from './checks.js';
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

function maskOf({ annotations, table, list }: MaskList, row: number, { sizes, strict }: MaskReading): Runs {
  const source = table.source[row];
  const { segmentation } = annotations[source];
  const { height, width } = sizes[table.image[row]];
  const place = `${list}[${source}].segmentation`;
  if (segmentation === undefined) throw evalError(place, 'must be there to compare masks, found nothing');
  try {
    return runsOf(segmentation, height, width, { strict });
  } catch (error) {
    if (!(error instanceof CocoError)) throw error;
    throw evalError([place, error.place].filter((part) => part).join('.'), error.complaint);
  }
}
