import {
  checkBox,
  checkFields,
  checkId,
  checkKeypoints,
  checkNumber,
  checkSegmentation,
  checkText,
  type Entry,
  isFiniteBox,
  isSide,
  wrong,
} from './fields.js';
import type { ProblemLog } from './problems.js';
import type { CocoAnnotation } from './types.js';

/** Looks at one entry. @throws CocoError for a field of a wrong type, in every mode; logs what pycocotools lets pass. */
export type EntryCheck = (value: unknown, entry: Entry, log: ProblemLog) => void;

/** Checks of the lists that a ground truth is made of, by name of the list. */
export const entryChecks: ReadonlyMap<string, EntryCheck> = new Map([
  ['images', checkImage],
  ['annotations', checkAnnotation],
  ['categories', checkCategory],
]);

function checkImage(value: unknown, entry: Entry, log: ProblemLog): void {
  checkFields(value, entry);
  const { id, file_name, width, height } = value;
  checkId(id, entry, 'id');
  checkSafe(id, entry, '.id', log);
  if (file_name !== undefined) checkText(file_name, entry, 'file_name');
  for (const [field, side] of [['width', width] as const, ['height', height] as const]) {
    if (side === undefined || (isSide(side) && side > 0)) continue;
    throw wrong(entry, `.${field}`, 'must be a positive number of pixels', side);
  }
}

function checkCategory(value: unknown, entry: Entry, log: ProblemLog): void {
  checkFields(value, entry);
  checkId(value.id, entry, 'id');
  checkSafe(value.id, entry, '.id', log);
  checkText(value.name, entry, 'name');
  if (value.supercategory !== undefined) checkText(value.supercategory, entry, 'supercategory');
}

function checkAnnotation(value: unknown, entry: Entry, log: ProblemLog): void {
  checkFields(value, entry);
  const { id, image_id, category_id, caption, iscrowd, ignore, area, bbox, segmentation, keypoints } = value;
  if (id === undefined && value.segments_info !== undefined) {
    throw wrong(
      entry,
      '.id',
      'must be there; panoptic files have none: read them with JSON.parse (type PanopticFile)',
      id,
    );
  }
  checkId(id, entry, 'id');
  checkId(image_id, entry, 'image_id');
  checkSafe(id, entry, '.id', log);
  if (id === 0 && !log.renumbers) log.add('annotation-id-zero', entry.list, entry.index, '.id', id);
  if (caption === undefined) checkId(category_id, entry, 'category_id');
  else checkText(caption, entry, 'caption');
  if (iscrowd !== undefined && iscrowd !== 0 && iscrowd !== 1)
    throw wrong(entry, '.iscrowd', 'must be 0 or 1', iscrowd);
  if (ignore !== undefined && Boolean(ignore) !== (iscrowd === 1)) {
    log.add('ignore-field', entry.list, entry.index, '.ignore', ignore);
  }
  if (area !== undefined) {
    checkNumber(area, entry, 'area');
    if (!Number.isFinite(area)) log.add('invalid-number', entry.list, entry.index, '.area', area);
  }
  if (bbox !== undefined) {
    checkBox(bbox, entry);
    logBox(bbox, entry, log);
  }
  if (segmentation !== undefined) checkSegmentation(segmentation, entry);
  if (keypoints !== undefined) checkKeypoints(keypoints, entry);
  logArea(value as unknown as CocoAnnotation, entry, log);
}

/** Logs a box with which no number can be right. */
export function logBox(box: readonly number[], { list, index }: Entry, log: ProblemLog): void {
  if (!isFiniteBox(box)) log.add('invalid-number', list, index, '.bbox', box);
  else if (box[2] < 0 || box[3] < 0) log.add('negative-box', list, index, '.bbox', box);
}

function checkSafe(id: unknown, { list, index }: Entry, field: string, log: ProblemLog): void {
  if (typeof id === 'number' && Math.abs(id) > Number.MAX_SAFE_INTEGER) log.add('unsafe-id', list, index, field, id);
}

/** Side of a box from which on an area of 1 cannot be right: even a one pixel wide line across it has ten. */
const largeSide = 10;

/** Share of its box that an outline must leave empty before an area of the whole box is taken for a mistake. */
const emptyShare = 0.1;

/** Logs areas as careless converters write them: 1, or that of the box where polygons are there. */
function logArea({ area, bbox, segmentation }: CocoAnnotation, { list, index }: Entry, log: ProblemLog): void {
  if (area === undefined || bbox === undefined) return;
  const box = bbox[2] * bbox[3];
  if (area === 1 && bbox[2] >= largeSide && bbox[3] >= largeSide) log.add('area-of-one', list, index, '.area', area);
  if (segmentation === undefined || 'counts' in segmentation || segmentation.length === 0) return;
  if (Math.abs(area - box) > 1e-6 * box || box < largeSide ** 2) return;
  const outline = segmentation.reduce((sum, polygon) => sum + polygonArea(polygon), 0);
  if (outline > 0 && outline < (1 - emptyShare) * box) log.add('area-of-box', list, index, '.area', area);
}

/** Shoelace formula. */
function polygonArea(polygon: readonly number[]): number {
  let twice = 0;
  let [x, y] = polygon.slice(-2);
  for (let i = 0; i + 1 < polygon.length; i += 2) {
    twice += x * polygon[i + 1] - polygon[i] * y;
    x = polygon[i];
    y = polygon[i + 1];
  }
  return Math.abs(twice) / 2;
}
