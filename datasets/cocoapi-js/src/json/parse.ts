/** What may stand in a document beside JSON. */
export interface ParseOptions {
  /** Take NaN, Infinity and -Infinity for numbers, as Python's json module writes and reads them. */
  readonly pythonNumbers: boolean;
}

/** Where and why a text is not JSON. */
export class JsonFault extends Error {
  constructor(
    /** Position in the text. */
    readonly at: number,
    readonly complaint: string,
  ) {
    super(complaint);
  }
}

const space = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /-?[A-Za-z]+/y;
const words = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const pythonNumbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/**
 * Parses JSON slowly. Only texts that `JSON.parse` refuses come here: engines do not agree on how they tell the place of a fault, and none reads Python's numbers.
 * The nesting is limited by the caller.
 * @throws JsonFault at the first character that is not JSON.
 */
export function parseJson(text: string, options: ParseOptions): unknown {
  const parser = new Parser(text, options);
  const value = parser.value();
  parser.end();
  return value;
}

class Parser {
  #at = 0;

  constructor(
    readonly text: string,
    readonly options: ParseOptions,
  ) {}

  value(): unknown {
    this.#match(space);
    const next = this.text[this.#at];
    if (next === '{') return this.#object();
    if (next === '[') return this.#array();
    if (next === '"') return this.#string();
    const digits = this.#match(number);
    if (digits) return Number(digits);
    return this.#word();
  }

  end(): void {
    this.#match(space);
    if (this.#at < this.text.length) throw this.#fault('must be "," or the end of the list or object');
  }

  #object(): object {
    const entries: [string, unknown][] = [];
    this.#list('}', () => {
      this.#match(space);
      const key = this.#string();
      this.#match(space);
      if (this.text[this.#at] !== ':') throw this.#fault('must be ":"');
      this.#at++;
      entries.push([key, this.value()]);
    });
    return Object.fromEntries(entries); // defines even `__proto__` as an own property
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    this.#list(']', () => values.push(this.value()));
    return values;
  }

  #list(close: string, element: () => void): void {
    this.#at++;
    this.#match(space);
    if (this.text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      element();
      this.#match(space);
      const next = this.text[this.#at];
      if (next !== ',' && next !== close) throw this.#fault(`must be "," or "${close}"`);
      this.#at++;
      if (next === close) return;
    }
  }

  #string(): string {
    const start = this.#at;
    if (this.text[start] !== '"') throw this.#fault('must be a text in quotes');
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.text.slice(start, end + 1));
      this.#at = end + 1;
      return value;
    } catch {
      throw this.#fault('must be a text without control characters and broken escapes');
    }
  }

  #word(): unknown {
    const start = this.#at;
    const found = this.#match(word) ?? '';
    if (words.has(found)) return words.get(found);
    const value = pythonNumbers.get(found);
    if (value !== undefined && this.options.pythonNumbers) return value;
    this.#at = start;
    if (value === undefined) throw this.#fault('must be a value');
    throw this.#fault(`must be JSON, which has no ${found} (Python's json module writes it)`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fault(complaint: string): JsonFault {
    return new JsonFault(this.#at, complaint);
  }
}
