import { SaxesParser } from 'saxes';
import { VocError } from '../errors.js';

/** An element with its own text (children's text excluded, white space at the ends removed) and the line it starts on. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  text: string;
  readonly children: XmlElement[];
  /** Set by whoever made use of it. */
  isTaken: boolean;
}

/** VOC needs six levels; a file that nests deeper than this was made to break readers. */
const maxDepth = 64;

/** Characters, and elements with attributes, many times those of the largest real annotation: a hostile file ends within a second. */
const maxLength = 2 ** 24;
const maxParts = 2 ** 19;

/**
 * Reads a whole XML document into elements. Entities beyond XML's own five do not exist here and a DOCTYPE is refused, so that no text can
 * swell; comments and processing instructions are passed over.
 */
export function parseXml(xml: string, file: string): XmlElement {
  if (xml.length > maxLength) {
    throw new VocError(file, undefined, undefined, `must be at most ${maxLength} characters, found ${xml.length}`);
  }
  const parser = new SaxesParser({ position: true });
  const document = elementAt(1, '', undefined);
  const open = [document];
  let innermost = document;
  let parts = 0;
  const fail = (complaint: string, cause?: Error) => new VocError(file, parser.line, undefined, complaint, { cause });
  parser.on('error', (error) => {
    throw fail(`must be well-formed XML, found: ${reason(error)}`, error);
  });
  parser.on('doctype', () => {
    throw fail('must hold no DOCTYPE, found one. Remove it: VOC files have none.');
  });
  const count = () => {
    if (++parts > maxParts) throw fail(`must hold at most ${maxParts} elements and attributes, found more`);
  };
  parser.on('attribute', count);
  parser.on('opentag', (tag) => {
    let attributes: Record<string, string> | undefined;
    for (const _ in tag.attributes) attributes = tag.attributes as Record<string, string>;
    const element = elementAt(parser.line, tag.name, attributes);
    innermost.children.push(element);
    if (open.push(element) > maxDepth) throw fail(`must nest at most ${maxDepth} elements, found more`);
    count();
    innermost = element;
  });
  const text = (piece: string) => {
    innermost.text += piece;
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    innermost.text = innermost.text.trim();
    open.pop();
    innermost = open[open.length - 1];
  });
  // A byte order mark is legal at the start of a file but not part of the document.
  parser.write(xml.charCodeAt(0) === 0xfeff ? xml.slice(1) : xml).close();
  if (document.children.length === 0) {
    throw new VocError(file, undefined, undefined, 'must hold an <annotation> element, found an empty document');
  }
  return document.children[0];
}

function elementAt(line: number, name: string, attributes: XmlElement['attributes']): XmlElement {
  return { name, line, attributes, text: '', children: [], isTaken: false };
}

/** saxes starts its messages with `line:column: `; the line is already in the error. */
function reason(error: Error): string {
  return error.message.replace(/^[^ ]*:?\d+:\d+: /, '');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file's bytes: UTF-8, or what a byte order mark or the XML declaration names. */
export function decodeXml(bytes: Uint8Array, file: string): string {
  const encoding = encodingOf(bytes);
  try {
    const decoder = encoding === undefined ? utf8 : new TextDecoder(encoding, { fatal: true });
    return decoder.decode(bytes);
  } catch (cause) {
    throw new VocError(file, undefined, undefined, `must be text in ${encoding ?? 'UTF-8'}, found other bytes`, {
      cause,
    });
  }
}

/** Undefined for UTF-8 that says nothing about itself. */
function encodingOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const isMarked = bytes[0] === 0xef;
  if (!isMarked && bytes[1] !== 0x3f) return undefined; // <?
  const head = String.fromCharCode(...bytes.subarray(isMarked ? 3 : 0, 128));
  return /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1];
}
