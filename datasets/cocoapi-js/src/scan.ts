import { CocoError } from './errors.js';

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const endsWord = new Set([...' \t\r\n,:"{}[]'].map((character) => character.charCodeAt(0)));
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Parses a JSON document whose top level is an object with lists in it, one element of a list at a time. The text of the document never exists as one string, so files beyond V8's longest string (2^29 - 24 characters; COCO's
 * train2017 comes close) can be read, with little memory beside the bytes.
 * @param openList called with each member's name; gives what takes the elements of its list, or undefined to skip the member.
 * @throws CocoError with line and column of what is not JSON, or not a list where one is wanted.
 */
export function scanLists(
  bytes: Uint8Array,
  file: string,
  openList: (member: string) => ((element: unknown) => void) | undefined,
): void {
  const scanner = new Scanner(bytes, file);
  scanner.object((member) => {
    const take = openList(member);
    if (take) scanner.array(() => take(scanner.value()));
    else scanner.skipValue();
  });
  scanner.end();
}

class Scanner {
  #at: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.#at = hasByteOrderMark ? 3 : 0;
  }

  /** The next byte that is not white space; undefined at the end. */
  peek(): number | undefined {
    while (this.bytes[this.#at] <= 0x20) this.#at++;
    return this.bytes[this.#at];
  }

  object(member: (name: string) => void): void {
    this.#list(openBrace, closeBrace, () => {
      if (this.peek() !== quote) throw this.#error('must be a member name in quotes');
      const name = this.value() as string;
      if (this.peek() !== colon) throw this.#error('must be ":"');
      this.#at++;
      member(name);
    });
  }

  array(element: () => void): void {
    this.#list(openBracket, closeBracket, element);
  }

  value(): unknown {
    const start = this.#skipSpace();
    this.skipValue();
    const text = this.#decoder.decode(this.bytes.subarray(start, this.#at));
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#error(`must be JSON (${(error as Error).message})`, start + errorOffset(error, text), error);
    }
  }

  /** Moves behind the value at hand. Only its extent is looked at; whether it is JSON, `value` finds out. */
  skipValue(): void {
    const start = this.#skipSpace();
    const { bytes } = this;
    let depth = 0;
    for (; this.#at < bytes.length; this.#at++) {
      const byte = bytes[this.#at];
      if (byte === quote) this.#skipString();
      else if (byte === openBrace || byte === openBracket) depth++;
      else if (byte === closeBrace || byte === closeBracket) depth--;
      else if (depth === 0) {
        this.#skipWord();
        return;
      }
      if (depth < 0) break;
      if (depth === 0) {
        this.#at++;
        return;
      }
    }
    if (depth > 0) throw this.#error('must be closed, but the file ends', start);
    throw this.#error('must be a value');
  }

  /** A number, true, false, null, or what stands in their place. */
  #skipWord(): void {
    const start = this.#at;
    while (this.#at < this.bytes.length && !endsWord.has(this.bytes[this.#at])) this.#at++;
    if (this.#at === start) throw this.#error('must be a value');
  }

  end(): void {
    if (this.peek() !== undefined) throw this.#error('must be the end of the file');
  }

  #list(open: number, close: number, element: () => void): void {
    if (this.peek() !== open) throw this.#error(`must be "${String.fromCharCode(open)}"`);
    this.#at++;
    if (this.peek() !== close) {
      for (;;) {
        element();
        if (this.peek() !== comma) break;
        this.#at++;
      }
    }
    if (this.peek() !== close) throw this.#error(`must be "," or "${String.fromCharCode(close)}"`);
    this.#at++;
  }

  #skipSpace(): number {
    this.peek();
    return this.#at;
  }

  /** From the opening quote to the closing one. */
  #skipString(): void {
    const start = this.#at;
    const { bytes } = this;
    for (this.#at++; bytes[this.#at] !== quote; this.#at++) {
      if (this.#at >= bytes.length) throw this.#error('must be a closed text, but the file ends', start);
      if (bytes[this.#at] === backslash) this.#at++;
    }
  }

  #error(complaint: string, at = this.#at, cause?: unknown): CocoError {
    const before = this.bytes.subarray(0, at);
    let line = 1;
    let lineStart = 0;
    for (let i = before.indexOf(10); i >= 0; i = before.indexOf(10, i + 1)) {
      line++;
      lineStart = i + 1;
    }
    const found = at >= this.bytes.length ? 'the end of the file' : JSON.stringify(String.fromCharCode(this.bytes[at]));
    const place = `line ${line}, column ${at - lineStart + 1}`;
    return new CocoError(this.file, place, `${complaint}, found ${found}`, { cause });
  }
}

/** Bytes into `text` at which JSON.parse gave up, as far as V8 tells. */
function errorOffset(error: unknown, text: string): number {
  const position = /at position (\d+)/.exec((error as Error).message)?.[1];
  if (position !== undefined) return Buffer.byteLength(text.slice(0, Number(position)));
  const token = /Unexpected token '(.)'/.exec((error as Error).message)?.[1];
  return token === undefined ? 0 : Math.max(0, Buffer.byteLength(text.slice(0, text.indexOf(token))));
}
