import type { VocAnnotation, VocBox, VocObject } from './types.js';
import { escapeXml } from './xml.js';

/** Writes an annotation as VOC tools do: tabs, fields in the order of the devkit. `parseAnnotation` of the result gives an equal annotation. */
export function serializeAnnotation(annotation: VocAnnotation): string {
  const out = new Writer();
  out.block('annotation', () => {
    out.leaf('folder', annotation.folder);
    out.leaf('filename', annotation.filename);
    const { source, size } = annotation;
    if (source) {
      out.block('source', () => {
        for (const [name, text] of Object.entries(source)) out.leaf(name, text);
      });
    }
    if (size) {
      out.block('size', () => {
        out.leaf('width', size.width);
        out.leaf('height', size.height);
        out.leaf('depth', size.depth);
      });
    }
    out.leaf('segmented', annotation.segmented);
    for (const object of annotation.objects) writeObject(out, object);
  });
  return out.text;
}

function writeObject(out: Writer, object: VocObject): void {
  out.block('object', () => {
    out.leaf('name', object.name);
    out.leaf('pose', object.pose);
    out.leaf('truncated', object.truncated);
    out.leaf('occluded', object.occluded);
    out.leaf('difficult', object.difficult);
    writeBox(out, object.box);
    for (const part of object.parts) {
      out.block('part', () => {
        out.leaf('name', part.name);
        writeBox(out, part.box);
      });
    }
  });
}

function writeBox(out: Writer, box: VocBox): void {
  out.block('bndbox', () => {
    for (const side of ['xmin', 'ymin', 'xmax', 'ymax'] as const) out.leaf(side, box[side]);
  });
}

class Writer {
  text = '';
  #indent = '';

  block(name: string, inside: () => void): void {
    this.text += `${this.#indent}<${name}>\n`;
    this.#indent += '\t';
    inside();
    this.#indent = this.#indent.slice(1);
    this.text += `${this.#indent}</${name}>\n`;
  }

  leaf(name: string, value: string | number | boolean | undefined): void {
    if (value === undefined) return;
    const text = typeof value === 'boolean' ? String(Number(value)) : escapeXml(String(value));
    this.text += `${this.#indent}<${name}>${text}</${name}>\n`;
  }
}
