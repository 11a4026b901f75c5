import { SaxesParser } from 'saxes';
import { VocError } from './errors.js';

/** An element with its own text (children's text excluded, white space at the ends removed) and the line it starts on. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  text: string;
  readonly children: XmlElement[];
}

/** Reads a whole XML document into elements. Attributes are dropped: VOC has none. */
export function parseXml(xml: string, file: string): XmlElement {
  const parser = new SaxesParser({ position: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw new VocError(file, parser.line, undefined, `must be well-formed XML, found: ${reason(error)}`, {
      cause: error,
    });
  });
  parser.on('opentag', (tag) => {
    const element: XmlElement = { name: tag.name, line: parser.line, text: '', children: [] };
    if (open.length === 0) root = element;
    else open[open.length - 1].children.push(element);
    open.push(element);
  });
  const text = (piece: string) => {
    if (open.length > 0) open[open.length - 1].text += piece;
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element) element.text = element.text.trim();
  });
  // A byte order mark is legal at the start of a file but not part of the document.
  parser.write(xml.charCodeAt(0) === 0xfeff ? xml.slice(1) : xml).close();
  if (!root)
    throw new VocError(file, undefined, undefined, 'must hold an <annotation> element, found an empty document');
  return root;
}

/** saxes starts its messages with `line:column: `; the line is already in the error. */
function reason(error: Error): string {
  return error.message.replace(/^[^ ]*:?\d+:\d+: /, '');
}

/** Text with the five characters that XML reserves written as entities, and control characters that line ends would swallow. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}
