import { parseDecimal } from '../decimal.js';
import { VocError } from '../errors.js';
import type { FindingLog } from './findings.js';
import type { VocElement } from './types.js';
import type { XmlElement } from './xml.js';

/** Typed access to the direct children of one element, with the path to it for messages. */
export class Reader {
  constructor(
    readonly log: FindingLog,
    readonly element: XmlElement,
    readonly path: string,
  ) {}

  get line(): number {
    return this.element.line;
  }

  error(child: XmlElement | undefined, complaint: string, name?: string): VocError {
    const field = this.fieldOf(child?.name ?? name);
    return new VocError(this.log.file, (child ?? this.element).line, field || undefined, complaint);
  }

  /** The path of a child, as messages show it. */
  fieldOf(name?: string): string {
    return name === undefined || this.path === '' ? (name ?? this.path) : `${this.path}: ${name}`;
  }

  child(name: string): Reader | undefined {
    const element = this.#find(name);
    return element && new Reader(this.log, element, this.fieldOf(name));
  }

  /** Numbered from 1, as people count. */
  children(name: string): Reader[] {
    const readers: Reader[] = [];
    for (const child of this.element.children) {
      if (child.name !== name) continue;
      child.isTaken = true;
      readers.push(new Reader(this.log, child, this.fieldOf(`${name} ${readers.length + 1}`)));
    }
    return readers;
  }

  text(name: string): string | undefined {
    const child = this.#find(name);
    return child && this.#leaf(child).text;
  }

  name(): string {
    const child = this.#find('name');
    if (!child) throw this.error(undefined, 'must be there, found no <name>', 'name');
    if (this.#leaf(child).text === '') throw this.error(child, 'must not be empty, found no text');
    return child.text;
  }

  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value === undefined) throw this.error(undefined, `must be there, found no <${name}>`, name);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const child = this.#find(name);
    if (!child) return undefined;
    const value = parseDecimal(this.#leaf(child).text);
    if (Number.isNaN(value)) throw this.error(child, `must be a number, found ${shown(child.text)}`);
    return value;
  }

  /** 0 or 1. Annotation tools write `Unspecified` where nobody looked: that is the same as no field. */
  flag(name: string): boolean | undefined {
    const child = this.#find(name);
    return child && this.#flagOf(child);
  }

  /** Every child as a flag, in file order. */
  flags(): Record<string, boolean> {
    const flags = this.#distinct().map((child) => [child.name, this.#flagOf(child)] as const);
    return Object.fromEntries(flags.filter((entry): entry is [string, boolean] => entry[1] !== undefined));
  }

  /** Every child's text, in file order. */
  texts(): Record<string, string> {
    // fromEntries makes own properties, also of an element that is called __proto__.
    return Object.fromEntries(this.#distinct().map((child) => [child.name, this.#leaf(child).text]));
  }

  attributes(): Readonly<Record<string, string>> | undefined {
    const { attributes } = this.element;
    return attributes && Object.fromEntries(Object.entries(attributes));
  }

  /** The children that nobody asked for. */
  extra(): VocElement[] | undefined {
    const { children } = this.element;
    return children.every(isTaken) ? undefined : children.filter((child) => !isTaken(child)).map(elementOf);
  }

  /** Says that nothing but what was asked for may be here. */
  end(): void {
    this.#refuseAttributes(this.element, this.path);
    for (const child of this.element.children) {
      if (child.isTaken) continue;
      this.log.refuse('stray-content', child.line, this.fieldOf(child.name), 'has no place here', 'dropped');
    }
  }

  #find(name: string): XmlElement | undefined {
    let found: XmlElement | undefined;
    for (const child of this.element.children) {
      if (child.name !== name) continue;
      if (found) throw this.error(child, 'must be there once, found another one');
      found = child;
    }
    if (found) found.isTaken = true;
    return found;
  }

  #distinct(): readonly XmlElement[] {
    const { children } = this.element;
    const seen = new Set<string>();
    for (const child of children) {
      if (seen.has(child.name)) throw this.error(child, 'must be there once, found another one');
      seen.add(child.name);
    }
    this.#refuseAttributes(this.element, this.path);
    return children;
  }

  #flagOf(child: XmlElement): boolean | undefined {
    const { text } = this.#leaf(child);
    if (text === 'Unspecified') {
      this.log.add('unspecified-flag', child.line, this.fieldOf(child.name), '"Unspecified" is as if absent');
      return undefined;
    }
    if (text !== '0' && text !== '1') throw this.error(child, `must be 0 or 1, found ${shown(text)}`);
    return text === '1';
  }

  #leaf(child: XmlElement): XmlElement {
    if (child.children.length > 0) throw this.error(child, `must hold text, found <${child.children[0].name}>`);
    this.#refuseAttributes(child, this.fieldOf(child.name));
    return child;
  }

  #refuseAttributes({ attributes, line }: XmlElement, field: string): void {
    if (!attributes) return;
    const names = Object.keys(attributes).join(', ');
    this.log.refuse('stray-content', line, field, `attribute ${names} has no place here`, 'dropped');
  }
}

const isTaken = (element: XmlElement) => element.isTaken;

function elementOf({ name, attributes, text, children }: XmlElement): VocElement {
  return {
    name,
    ...(attributes && { attributes: Object.fromEntries(Object.entries(attributes)) }),
    ...(text !== '' && { text }),
    ...(children.length > 0 && { children: children.map(elementOf) }),
  };
}

/** A value as a message quotes it: a long one is cut. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
