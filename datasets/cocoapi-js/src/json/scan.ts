import { JsonFault, type ParseOptions, parseJson } from './parse.js';
import { Source } from './source.js';

/** Takes the parts of a document whose top level is an object or a list. A list as top level is the member ''. */
export interface DocumentVisitor {
  /** Elements of a member that is a list, in their order. The first call of a member comes without elements. */
  elements(member: string, values: readonly unknown[], isFirst: boolean): void;
  /** A member that is no list. */
  value(member: string, value: unknown): void;
}

export interface ScanOptions extends ParseOptions {
  /** Name of the document in messages. */
  readonly file: string;
}

/** Bytes of elements that are parsed at a time: few cost calls, many cost memory. */
const batchSize = 1 << 16;

const [quote, comma, colon] = [0x22, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Reads a JSON document from pieces of its bytes, whose borders may lie anywhere. Its lists are parsed some elements at a time, so that the text of the document never exists as one string and its bytes are not kept: files
 * beyond V8's longest string (2^29 - 24 characters; COCO's train2017 comes close) can be read.
 *
 * Of a key that stands twice in an entry the last one counts, as in `JSON.parse` and Python.
 */
export class DocumentScanner {
  readonly #source: Source;
  readonly #reading: Generator<void, void, void>;

  constructor(
    readonly visitor: DocumentVisitor,
    readonly options: ScanOptions,
  ) {
    this.#source = new Source(options.file);
    this.#reading = this.#document();
  }

  /** @throws CocoError with line and column (in bytes, from 1) of what is not JSON; what the visitor throws. */
  push(piece: Uint8Array): void {
    this.#source.append(piece);
    this.#reading.next();
  }

  /** Says that the document is complete. @throws CocoError when it is not. */
  finish(): void {
    this.#source.end();
    this.#reading.next();
  }

  // Generators, because reading stops wherever the pieces end and goes on when the next one has come.

  *#document(): Generator<void, void, void> {
    const source = this.#source;
    if ((yield* this.#peek()) === byteOrderMark[0]) {
      for (const byte of byteOrderMark) yield* this.#expect(byte, 'must be JSON in UTF-8');
    }
    const first = yield* this.#peek();
    if (first === openBracket) yield* this.#list('');
    else if (first === openBrace) yield* this.#members();
    else throw source.errorHere('must begin with "{" or "["');
    if ((yield* this.#peek()) !== -1) throw source.errorHere('must be the end of the file');
  }

  *#members(): Generator<void, void, void> {
    const source = this.#source;
    source.skip();
    if ((yield* this.#peek()) !== closeBrace) {
      for (;;) {
        yield* this.#member();
        if ((yield* this.#peek()) !== comma) break;
        source.skip();
      }
    }
    yield* this.#expect(closeBrace, 'must be "," or "}"');
  }

  *#member(): Generator<void, void, void> {
    if ((yield* this.#peek()) !== quote) throw this.#source.errorHere('must be a member name in quotes');
    const member = yield* this.#name();
    yield* this.#expect(colon, 'must be ":"');
    if ((yield* this.#peek()) === openBracket) yield* this.#list(member);
    else this.visitor.value(member, yield* this.#value());
  }

  *#list(member: string): Generator<void, void, void> {
    const source = this.#source;
    source.skip();
    this.visitor.elements(member, [], true);
    for (let isFirst = true; ; isFirst = false) {
      yield* this.#collect(batchSize);
      const values = this.#parse('[', ']') as unknown[];
      const border = yield* this.#peek();
      if (border === closeBrace) throw source.errorHere('must be "," or "]"');
      if (values.length === 0 && !(isFirst && border === closeBracket)) throw source.errorHere('must be a value');
      this.visitor.elements(member, values, false);
      source.skip();
      if (border === closeBracket) return;
    }
  }

  *#name(): Generator<void, string, void> {
    this.#source.mark();
    while (!this.#source.seekTextEnd()) yield;
    return this.#parse('', '') as string;
  }

  *#value(): Generator<void, unknown, void> {
    yield* this.#collect(0);
    return this.#parse('', '');
  }

  /** Moves behind a value, or behind as many elements of a list as have at least `size` bytes. */
  *#collect(size: number): Generator<void, void, void> {
    this.#source.mark();
    while (!this.#source.seek(size)) yield;
  }

  *#expect(byte: number, complaint: string): Generator<void, void, void> {
    if ((yield* this.#peek()) !== byte) throw this.#source.errorHere(complaint);
    this.#source.skip();
  }

  *#peek(): Generator<void, number, void> {
    for (;;) {
      const byte = this.#source.peek();
      if (byte !== undefined) return byte;
      yield;
    }
  }

  /** The value at hand; with `before` and `after` around it where it is a part of a list. */
  #parse(before: string, after: string): unknown {
    const inside = this.#source.text();
    const text = before + inside + after;
    try {
      return JSON.parse(text);
    } catch {
      return this.#parseSlowly(inside, text, before.length);
    }
  }

  #parseSlowly(inside: string, text: string, shift: number): unknown {
    try {
      return parseJson(text, this.options);
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      const before = new TextEncoder().encode(inside.slice(0, Math.max(0, fault.at - shift)));
      throw this.#source.error(fault.complaint, before.length, fault);
    }
  }
}
