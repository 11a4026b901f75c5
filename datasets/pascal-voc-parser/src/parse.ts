import { VocError } from './errors.js';
import type { VocAnnotation, VocBox, VocObject, VocPart } from './types.js';
import { parseXml, type XmlElement } from './xml.js';

/**
 * Reads one VOC annotation. Objects are the direct children of `<annotation>` only (a person's `<part>` blocks have boxes too and are kept as
 * parts); fields may come in any order; numbers may have fractions; a missing `difficult` is false.
 * @param file used in error messages alone.
 * @throws VocError with file, line and field when the XML is broken or a field is missing or not what it must be.
 */
export function parseAnnotation(xml: string, file: string): VocAnnotation {
  const root = parseXml(xml, file);
  if (root.name !== 'annotation') {
    throw new VocError(file, root.line, undefined, `must start with <annotation>, found <${root.name}>`);
  }
  const reader = new Reader(file, root, '');
  const size = reader.child('size');
  const source = reader.child('source');
  return withoutUndefined({
    folder: reader.text('folder'),
    filename: reader.text('filename'),
    source: source && Object.fromEntries(source.element.children.map((child) => [child.name, child.text])),
    size:
      size &&
      withoutUndefined({
        width: size.number('width'),
        height: size.number('height'),
        depth: size.optionalNumber('depth'),
      }),
    segmented: reader.flag('segmented'),
    objects: reader.children('object').map(readObject),
  });
}

function readObject(reader: Reader): VocObject {
  return withoutUndefined({
    name: reader.name(),
    pose: reader.text('pose'),
    truncated: reader.flag('truncated'),
    occluded: reader.flag('occluded'),
    difficult: reader.flag('difficult') ?? false,
    box: readBox(reader),
    parts: reader.children('part').map((part): VocPart => ({ name: part.name(), box: readBox(part) })),
  });
}

function readBox(reader: Reader): VocBox {
  const box = reader.child('bndbox');
  if (!box) throw reader.error(undefined, 'must hold <bndbox>, found none');
  return { xmin: box.number('xmin'), ymin: box.number('ymin'), xmax: box.number('xmax'), ymax: box.number('ymax') };
}

/** Typed access to the direct children of one element, with the path to it for messages. */
class Reader {
  constructor(
    readonly file: string,
    readonly element: XmlElement,
    readonly path: string,
  ) {}

  error(child: XmlElement | undefined, complaint: string, name?: string): VocError {
    const field = [this.path, child?.name ?? name].filter((part) => part).join(': ');
    return new VocError(this.file, (child ?? this.element).line, field || undefined, complaint);
  }

  find(name: string): XmlElement | undefined {
    const found = this.element.children.filter((child) => child.name === name);
    if (found.length > 1) throw this.error(found[1], `must be there once, found ${found.length} times`);
    return found[0];
  }

  child(name: string): Reader | undefined {
    const element = this.find(name);
    return element && new Reader(this.file, element, this.path ? `${this.path}: ${name}` : name);
  }

  /** Numbered from 1, as people count. */
  children(name: string): Reader[] {
    const prefix = this.path ? `${this.path}: ` : '';
    return this.element.children
      .filter((child) => child.name === name)
      .map((child, i) => new Reader(this.file, child, `${prefix}${name} ${i + 1}`));
  }

  text(name: string): string | undefined {
    return this.find(name)?.text;
  }

  name(): string {
    const child = this.find('name');
    if (!child) throw this.error(undefined, 'must be there, found no <name>', 'name');
    if (child.text === '') throw this.error(child, 'must not be empty, found no text');
    return child.text;
  }

  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value === undefined) throw this.error(undefined, `must be there, found no <${name}>`, name);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const child = this.find(name);
    if (!child) return undefined;
    const value = child.text === '' ? Number.NaN : Number(child.text);
    if (!Number.isFinite(value)) throw this.error(child, `must be a number, found ${JSON.stringify(child.text)}`);
    return value;
  }

  /** 0 or 1. Annotation tools write `Unspecified` where nobody looked: that is the same as no field. */
  flag(name: string): boolean | undefined {
    const child = this.find(name);
    if (!child || child.text === 'Unspecified') return undefined;
    if (child.text !== '0' && child.text !== '1') {
      throw this.error(child, `must be 0 or 1, found ${JSON.stringify(child.text)}`);
    }
    return child.text === '1';
  }
}

/** Absent fields are absent, not undefined, so that a round trip gives an equal object. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
