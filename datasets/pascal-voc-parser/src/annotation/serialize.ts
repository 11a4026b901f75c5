import { VocError } from '../errors.js';
import type { VocAnnotation, VocBox, VocElement, VocObject, VocPart } from './types.js';
import { isXmlName, isXmlText } from './xml-names.js';

/**
 * Writes an annotation as the devkit does: tabs, its order of fields, `extra` elements last. `parseAnnotation` of the result gives an equal
 * annotation.
 * @param file used in error messages alone.
 * @throws VocError for what no XML file can hold or give back: numbers that are not finite, names that are no XML names, control characters,
 *   white space at the ends of a text.
 */
export function serializeAnnotation(annotation: VocAnnotation, file = 'annotation'): string {
  const out = new Writer(file);
  out.block('annotation', annotation.attributes, () => {
    const { source, owner, size } = annotation;
    out.leaf('folder', annotation.folder);
    out.leaf('filename', annotation.filename);
    if (source) out.leaves('source', source, ['database', 'annotation', 'image', 'flickrid']);
    if (owner) out.leaves('owner', owner, ['flickrid', 'name']);
    if (size) {
      out.block('size', undefined, () => {
        out.leaf('width', size.width);
        out.leaf('height', size.height);
        out.leaf('depth', size.depth);
      });
    }
    out.leaf('segmented', annotation.segmented);
    for (const object of annotation.objects) writeObject(out, object);
    writeExtra(out, annotation.extra, annotationFields);
  });
  return out.text;
}

const annotationFields = new Set(['folder', 'filename', 'source', 'owner', 'size', 'segmented', 'object']);
const partFields = new Set(['name', 'bndbox']);
const objectFields = new Set(['pose', 'truncated', 'occluded', 'difficult', 'part', 'actions', 'point', ...partFields]);

function writeObject(out: Writer, object: VocObject): void {
  out.block('object', object.attributes, () => {
    out.leaf('name', object.name);
    out.leaf('pose', object.pose);
    out.leaf('truncated', object.truncated);
    out.leaf('occluded', object.occluded);
    out.leaf('difficult', object.difficult);
    writeBox(out, object.box);
    for (const part of object.parts) writePart(out, part);
    if (object.actions) out.leaves('actions', object.actions, []);
    const { point } = object;
    if (point) {
      out.block('point', undefined, () => {
        out.leaf('x', point.x);
        out.leaf('y', point.y);
      });
    }
    writeExtra(out, object.extra, objectFields);
  });
}

function writePart(out: Writer, part: VocPart): void {
  out.block('part', part.attributes, () => {
    out.leaf('name', part.name);
    writeBox(out, part.box);
    writeExtra(out, part.extra, partFields);
  });
}

function writeBox(out: Writer, box: VocBox): void {
  out.block('bndbox', undefined, () => {
    for (const side of ['xmin', 'ymin', 'xmax', 'ymax'] as const) out.leaf(side, box[side]);
  });
}

/** @param fields names that would be read back as fields of the format. */
function writeExtra(out: Writer, elements: readonly VocElement[] = [], fields: ReadonlySet<string>): void {
  for (const element of elements) {
    if (fields.has(element.name)) {
      throw out.error(`extra: ${element.name}`, 'must be no field of the format, found one. Set the field itself.');
    }
    writeElement(out, element);
  }
}

function writeElement(out: Writer, { name, attributes, text, children }: VocElement): void {
  if (!children) out.leaf(name, text ?? '', attributes);
  else {
    out.block(name, attributes, () => {
      if (text !== undefined) out.line(out.escape(name, text));
      for (const child of children) writeElement(out, child);
    });
  }
}

type Attributes = Readonly<Record<string, string>> | undefined;
type Value = string | number | boolean;

class Writer {
  text = '';
  #indent = '';

  constructor(readonly file: string) {}

  error(field: string, complaint: string): VocError {
    return new VocError(this.file, undefined, field, complaint);
  }

  line(content: string): void {
    this.text += `${this.#indent}${content}\n`;
  }

  block(name: string, attributes: Attributes, inside: () => void): void {
    this.line(`<${this.#tag(name, attributes)}>`);
    this.#indent += '\t';
    inside();
    this.#indent = this.#indent.slice(1);
    this.line(`</${name}>`);
  }

  leaf(name: string, value: Value | undefined, attributes?: Attributes): void {
    if (value === undefined) return;
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw this.error(name, `must be a finite number, found ${value}`);
    }
    const text = typeof value === 'string' ? this.escape(name, value) : String(Number(value));
    this.line(`<${this.#tag(name, attributes)}>${text}</${name}>`);
  }

  /** Fields of a record: the ones in `first`, then the others in their own order. */
  leaves(name: string, fields: Readonly<Record<string, Value>>, first: readonly string[]): void {
    this.block(name, undefined, () => {
      for (const key of first) if (Object.hasOwn(fields, key)) this.leaf(key, fields[key]);
      for (const [key, value] of Object.entries(fields)) if (!first.includes(key)) this.leaf(key, value);
    });
  }

  escape(field: string, text: string): string {
    if (!isXmlText(text) || text !== text.trim()) {
      const found = JSON.stringify(text.slice(0, 60));
      throw this.error(field, `must be text without control characters and without blanks at its ends, found ${found}`);
    }
    return escaped(text);
  }

  #tag(name: string, attributes: Attributes): string {
    let tag = name;
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (!isXmlName(key) || !isXmlText(value)) throw this.error(name, `attribute ${JSON.stringify(key)} must be XML`);
      tag += ` ${key}="${escaped(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`;
    }
    if (!isXmlName(name)) throw this.error(name, 'must be the name of an XML element, found another text');
    return tag;
  }
}

/** With the characters that XML reserves as entities, and the one that its rule for line ends would swallow. */
function escaped(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}
