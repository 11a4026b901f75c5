import { VocError } from '../errors.js';
import { FindingLog, type ParseOptions } from './findings.js';
import { Reader } from './reader.js';
import type { VocAnnotation, VocBox, VocObject, VocPart } from './types.js';
import { decodeXml, parseXml } from './xml.js';

/**
 * Reads one VOC annotation. Objects are the direct children of `<annotation>` only (a person's `<part>` blocks have boxes too and are kept as
 * parts); fields may come in any order; numbers may have fractions; a missing `difficult` is false; elements beyond the format are kept as `extra`.
 * @param xml the file's text, or its bytes: UTF-8, or what its byte order mark or XML declaration names.
 * @param file used in error messages alone.
 * @throws VocError with file, line and field when the XML is broken, a field is missing or not what it must be, and, unless the mode says
 *   otherwise, for boxes with swapped corners.
 */
export function parseAnnotation(xml: string | Uint8Array, file: string, options: ParseOptions = {}): VocAnnotation {
  const log = new FindingLog(file, options);
  const root = parseXml(typeof xml === 'string' ? xml : decodeXml(xml, file), file);
  if (root.name !== 'annotation') {
    throw new VocError(file, root.line, undefined, `must start with <annotation>, found <${root.name}>`);
  }
  const reader = new Reader(log, root, '');
  const size = readSize(reader);
  return withoutUndefined({
    attributes: reader.attributes(),
    folder: reader.text('folder'),
    filename: reader.text('filename'),
    source: reader.child('source')?.texts(),
    owner: reader.child('owner')?.texts(),
    size,
    segmented: reader.flag('segmented'),
    objects: readObjects(reader, size),
    extra: reader.extra(),
  });
}

type Size = VocAnnotation['size'];

function readSize(parent: Reader): Size {
  const reader = parent.child('size');
  if (!reader) return undefined;
  const size = {
    width: reader.number('width'),
    height: reader.number('height'),
    depth: reader.optionalNumber('depth'),
  };
  reader.end();
  return withoutUndefined(size);
}

function readObjects(parent: Reader, size: Size): VocObject[] {
  const objects: VocObject[] = [];
  for (const reader of parent.children('object')) {
    const object = readObject(reader, size);
    if (object) objects.push(object);
  }
  return objects;
}

/** Undefined when the object is dropped. */
function readObject(reader: Reader, size: Size): VocObject | undefined {
  const box = readBox(reader, size);
  const difficult = reader.flag('difficult');
  if (difficult === undefined) {
    reader.log.add('missing-difficult', reader.line, reader.fieldOf('difficult'), 'taken as 0');
  }
  const object = {
    attributes: reader.attributes(),
    name: reader.name(),
    pose: reader.text('pose'),
    truncated: reader.flag('truncated'),
    occluded: reader.flag('occluded'),
    difficult: difficult ?? false,
    parts: reader.children('part').flatMap((part) => readPart(part, size) ?? []),
    actions: reader.child('actions')?.flags(),
    point: readPoint(reader),
    extra: reader.extra(),
  };
  return box && withoutUndefined({ ...object, box });
}

function readPart(reader: Reader, size: Size): VocPart | undefined {
  const box = readBox(reader, size);
  const part = { attributes: reader.attributes(), name: reader.name(), extra: reader.extra() };
  return box && withoutUndefined({ ...part, box });
}

function readPoint(parent: Reader): VocObject['point'] {
  const reader = parent.child('point');
  if (!reader) return undefined;
  const point = { x: reader.number('x'), y: reader.number('y') };
  reader.end();
  return point;
}

/** Undefined when the box is empty and the mode drops such. */
function readBox(parent: Reader, size: Size): VocBox | undefined {
  const reader = parent.child('bndbox');
  if (!reader) throw parent.error(undefined, 'must hold <bndbox>, found none');
  let [xmin, ymin] = [reader.number('xmin'), reader.number('ymin')];
  let [xmax, ymax] = [reader.number('xmax'), reader.number('ymax')];
  reader.end();
  const { log, line, path } = reader;
  if (xmin > xmax || ymin > ymax) {
    const found = xmin > xmax ? `xmin ${xmin} > xmax ${xmax}` : `ymin ${ymin} > ymax ${ymax}`;
    log.refuse('swapped-corners', line, path, found, log.mode === 'raw' ? 'kept' : 'swapped');
    if (log.mode === 'lenient') {
      [xmin, xmax] = [Math.min(xmin, xmax), Math.max(xmin, xmax)];
      [ymin, ymax] = [Math.min(ymin, ymax), Math.max(ymin, ymax)];
    }
  }
  const box = { xmin, ymin, xmax, ymax };
  noteOddSides(reader, box, size);
  if (xmin !== xmax && ymin !== ymax) return box;
  const isDropped = log.mode === 'lenient';
  const found = xmin === xmax ? `xmin = xmax = ${xmin}` : `ymin = ymax = ${ymin}`;
  log.add('empty-box', line, path, `${found}: ${isDropped ? 'dropped' : 'kept as one pixel'}`);
  return isDropped ? undefined : box;
}

function noteOddSides({ log, line, path }: Reader, { xmin, ymin, xmax, ymax }: VocBox, size: Size): void {
  const sides = [xmin, ymin, xmax, ymax];
  const fraction = sides.find((side) => !Number.isInteger(side));
  if (fraction !== undefined) log.add('fraction', line, path, `${fraction} is no whole number: kept`);
  // Some tools write 0 x 0 where they do not know the size.
  const { width, height } = size && size.width > 0 && size.height > 0 ? size : { width: Infinity, height: Infinity };
  if (Math.min(...sides) >= 1 && Math.max(xmin, xmax) <= width && Math.max(ymin, ymax) <= height) return;
  log.add('outside-picture', line, path, `[${sides.join(', ')}] leaves 1..${width} x 1..${height}: kept`);
}

/** Absent fields are absent, not undefined, so that a round trip gives an equal object. */
function withoutUndefined<T extends object>(value: T): T {
  const present: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) present[key] = value[key];
  return present as T;
}
