import { CocoError } from './errors.js';
import { show } from './problems.js';
import type { CocoId, CocoRle, CocoSegmentation } from './types.js';

/** An entry of a list as it stands in the file. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where an entry stands. */
export interface Entry {
  readonly file: string;
  /** Name of the list, as `annotations`. */
  readonly list: string;
  readonly index: number;
}

/** @throws CocoError unless the value is an object. */
export function checkFields(value: unknown, entry: Entry): asserts value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(entry, '', 'must be an object', value);
}

/** @throws CocoError unless the value is a number or a text. */
export function checkId(value: unknown, entry: Entry, field: string): asserts value is CocoId {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return;
  throw wrong(entry, `.${field}`, 'must be a number or a text', value);
}

/** @throws CocoError unless the value is a text. */
export function checkText(value: unknown, entry: Entry, field: string): void {
  if (typeof value !== 'string') throw wrong(entry, `.${field}`, 'must be a text', value);
}

/** @throws CocoError unless the value is a number, NaN and infinities included. */
export function checkNumber(value: unknown, entry: Entry, field: string): asserts value is number {
  if (typeof value !== 'number') throw wrong(entry, `.${field}`, 'must be a number', value);
}

/** @throws CocoError unless the value is four numbers. */
export function checkBox(value: unknown, entry: Entry): asserts value is number[] {
  if (Array.isArray(value) && value.length === 4 && areNumbers(value)) return;
  throw wrong(entry, '.bbox', 'must be four numbers [x, y, width, height]', value);
}

/** @throws CocoError unless the value is polygons or run lengths. */
export function checkSegmentation(value: unknown, entry: Entry): asserts value is CocoSegmentation {
  if (!Array.isArray(value)) {
    checkRle(value, entry);
    return;
  }
  for (let i = 0; i < value.length; i++) {
    if (Array.isArray(value[i]) && areNumbers(value[i])) continue;
    throw wrong(entry, `.segmentation[${i}]`, 'must be a list of numbers [x1, y1, x2, y2, …]', value[i]);
  }
}

/** @throws CocoError unless the value is run lengths. */
export function checkRle(value: unknown, entry: Entry): asserts value is CocoRle {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(entry, '.segmentation', 'must be run lengths {size, counts}', value);
  }
  const { size, counts } = value as Fields;
  if (!Array.isArray(size) || size.length !== 2 || !size.every(isSide)) {
    throw wrong(entry, '.segmentation.size', 'must be [height, width]', size);
  }
  if (typeof counts !== 'string' && !(Array.isArray(counts) && areNumbers(counts))) {
    throw wrong(entry, '.segmentation.counts', 'must be a list of run lengths or their compressed text', counts);
  }
}

/** @throws CocoError unless the value is x, y, v for each joint. */
export function checkKeypoints(value: unknown, entry: Entry): asserts value is number[] {
  if (Array.isArray(value) && value.length % 3 === 0 && areNumbers(value)) return;
  throw wrong(entry, '.keypoints', 'must be numbers [x1, y1, v1, …]', value);
}

/** Whether a value is a number of pixels. */
export function isSide(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Whether four numbers can be computed with. */
export function isFiniteBox(box: readonly number[]): boolean {
  return Number.isFinite(box[0] + box[1] + box[2] + box[3]);
}

/** An error at a field of an entry. @param field with its dot. */
export function wrong({ file, list, index }: Entry, field: string, complaint: string, found: unknown): CocoError {
  return new CocoError(file, `${list}[${index}]${field}`, `${complaint}, found ${show(found)}`);
}

function areNumbers(values: readonly unknown[]): values is number[] {
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'number') return false;
  return true;
}
