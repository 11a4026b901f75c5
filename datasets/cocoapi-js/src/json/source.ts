import { CocoError } from '../errors.js';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const newline = 0x0a;
const [other, space, lineEnd, text, open, close, separator] = [0, 1, 2, 3, 4, 5, 6];

/** What a byte outside of texts is. */
const kinds = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0d]) kinds[byte] = space;
kinds[newline] = lineEnd;
kinds[quote] = text;
kinds[comma] = separator;
for (const bracket of '[{') kinds[bracket.charCodeAt(0)] = open;
for (const bracket of ']}') kinds[bracket.charCodeAt(0)] = close;

/** Lists and objects within one another that a value may have; COCO's have four. It bounds the depth of every recursion over entries. */
const maxDepth = 64;

/** Bytes of a value that can be one text in every engine (V8's longest has 2^29 - 24 characters). */
const longestValue = 2 ** 29 - 64;

/** The bytes of a document of which pieces come in one after the other. Only what is being read is held. */
export class Source {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #bytes: Uint8Array = new Uint8Array(1 << 16);
  /** Bytes that are there. */
  #length = 0;
  /** First byte of the value at hand. */
  #start = 0;
  /** Next byte to look at; behind `#length` after a backslash at the end of a piece. */
  #at = 0;
  #ended = false;
  /** Lists and objects that are open in the value at hand. */
  #depth = 0;
  /** Whether `#at` is inside of a text. */
  #inText = false;
  /** Bytes of the document before `#bytes`. */
  #dropped = 0;
  #line = 1;
  /** Byte of the document at which the line starts. */
  #lineStart = 0;
  /** `#line` and `#lineStart` at the beginning of the value at hand. */
  #startLine = 1;
  #startLineStart = 0;

  constructor(readonly file: string) {}

  /** Adds a piece, and lets go of what has been read. */
  append(piece: Uint8Array): void {
    if (!(piece instanceof Uint8Array)) throw new CocoError(this.file, '', 'must come in pieces of bytes (Uint8Array)');
    const kept = this.#length - this.#start;
    if (kept > longestValue) throw this.error('must be a value of less than 2^29 bytes', 0);
    const needed = kept + piece.length;
    const target =
      needed <= this.#bytes.length ? this.#bytes : new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    target.set(this.#bytes.subarray(this.#start, this.#length));
    target.set(piece, kept);
    this.#bytes = target;
    this.#dropped += this.#start;
    this.#at -= this.#start;
    this.#start = 0;
    this.#length = needed;
  }

  /** Says that no piece follows. */
  end(): void {
    this.#ended = true;
  }

  /** The next byte that is not white space; -1 at the end of the document, undefined when more pieces are needed. */
  peek(): number | undefined {
    for (; this.#at < this.#length; this.#at++) {
      const byte = this.#bytes[this.#at];
      const kind = kinds[byte];
      if (kind === lineEnd) this.#endLine();
      else if (kind !== space) return byte;
    }
    this.#start = this.#length;
    return this.#ended ? -1 : undefined;
  }

  /** Steps over a byte. */
  skip(): void {
    this.#at++;
  }

  /** Begins a value here. */
  mark(): void {
    this.#start = this.#at;
    this.#startLine = this.#line;
    this.#startLineStart = this.#lineStart;
    this.#depth = 0;
  }

  /**
   * Goes on to the bracket or brace behind the value at hand, or to the first comma behind it that is `minimum` bytes or more from its beginning. Only brackets and
   * texts are looked at; whether it is JSON, the parser of the value finds out.
   * @returns false when more pieces are needed.
   */
  seek(minimum: number): boolean {
    const bytes = this.#bytes;
    const length = this.#length;
    const least = this.#start + minimum;
    let at = this.#at;
    let depth = this.#depth;
    for (; at < length; at++) {
      if (this.#inText) at = this.#closeText(at);
      else {
        const kind = kinds[bytes[at]];
        if (kind === other) continue;
        if (kind === text) this.#inText = true;
        else if (kind === open) {
          if (++depth > maxDepth)
            throw this.#errorAt(at, `must hold at most ${maxDepth} lists and objects in one another`);
        } else if (kind === close) {
          if (depth-- === 0) break;
        } else if (kind === separator) {
          if (depth === 0 && at >= least) break;
        } else if (kind === lineEnd) {
          this.#at = at;
          this.#endLine();
        }
      }
    }
    this.#at = at;
    this.#depth = depth;
    if (at < length) return true;
    if (this.#ended) throw this.#errorAt(length, 'must go on to the end of its lists, objects and texts');
    return false;
  }

  /** Goes behind the text that begins here. @returns false when more pieces are needed. */
  seekTextEnd(): boolean {
    if (this.#at === this.#start) {
      this.#at++;
      this.#inText = true;
    }
    this.#at = this.#closeText(this.#at) + 1;
    if (!this.#inText) return true;
    if (this.#ended) throw this.#errorAt(this.#length, 'must be the rest of a name in quotes');
    return false;
  }

  /** @returns place of the closing quote, or the end of the bytes, behind which an escape may go on. */
  #closeText(from: number): number {
    const bytes = this.#bytes;
    const length = this.#length;
    let at = from;
    while (at < length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    if (at < length) this.#inText = false;
    else at--; // the loop steps on
    return at;
  }

  /** The value at hand as text. */
  text(): string {
    const bytes = this.#bytes.subarray(this.#start, this.#at);
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw this.#errorAt(this.#start + firstBroken(bytes), 'must be UTF-8', cause);
    }
  }

  /** An error in the value at hand. @param offset bytes from its beginning. */
  error(complaint: string, offset: number, cause?: unknown): CocoError {
    return this.#errorAt(this.#start + offset, complaint, cause);
  }

  /** An error at the next byte. */
  errorHere(complaint: string): CocoError {
    this.mark();
    return this.error(complaint, 0);
  }

  #errorAt(at: number, complaint: string, cause?: unknown): CocoError {
    let line = this.#startLine;
    let lineStart = this.#startLineStart - this.#dropped;
    for (let i = this.#start; i < at; i++) {
      if (this.#bytes[i] !== newline) continue;
      line++;
      lineStart = i + 1;
    }
    const found = at < this.#length ? shown(this.#bytes[at]) : 'the end of the file';
    return new CocoError(this.file, `line ${line}, column ${at - lineStart + 1}`, `${complaint}, found ${found}`, {
      cause,
    });
  }

  #endLine(): void {
    this.#line++;
    this.#lineStart = this.#dropped + this.#at + 1;
  }
}

function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

/** Position of the first byte that is not UTF-8: the lenient decoder puts a replacement character there, which the bytes do not have. */
function firstBroken(bytes: Uint8Array): number {
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const encoded = new TextEncoder().encode(decoded);
  const broken = encoded.findIndex((byte, i) => byte !== bytes[i]);
  return broken < 0 ? encoded.length : broken;
}
