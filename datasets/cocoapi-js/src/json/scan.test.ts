import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CocoError } from '../errors.js';
import { parseJson } from './parse.js';
import { DocumentScanner } from './scan.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What a visitor was given, as one document. */
function scan(pieces: readonly Uint8Array[], pythonNumbers = false): unknown {
  const members: [string, unknown][] = [];
  const scanner = new DocumentScanner(
    {
      elements: (member, values, isFirst) => {
        if (isFirst) members.push([member, []]);
        for (const value of values) (members[members.length - 1][1] as unknown[]).push(value);
      },
      value: (member, value) => members.push([member, value]),
    },
    { file: 'a.json', pythonNumbers },
  );
  for (const piece of pieces) scanner.push(piece);
  scanner.finish();
  const isList = members.length === 1 && members[0][0] === '';
  return isList ? members[0][1] : Object.fromEntries(members);
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function failure(text: string | Uint8Array, pythonNumbers = false): CocoError {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  try {
    scan([bytes], pythonNumbers);
  } catch (error) {
    if (error instanceof CocoError) return error;
    throw error;
  }
  throw new Error(`accepted ${text}`);
}

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
const key = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !/^\d+$/.test(name));
const member = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()));

describe('DocumentScanner', () => {
  test('gives what JSON.parse gives, wherever the pieces end', () => {
    const documents = fc.oneof(fc.dictionary(key, member), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(documents, cuts, fc.constantFrom(undefined, '\t', '\n'), (data, sizes, indent) => {
        const text = JSON.stringify(data, undefined, indent);
        expect(scan(cut(bytesOf(text), sizes))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('takes escapes and characters of many bytes that are cut anywhere', () => {
    const text = '{"a\\"b": ["\\\\", "é€😀\\u00e9\\n", {"x]": "}"}], "c": "[\\"{"}';
    const bytes = bytesOf(text);
    for (let at = 1; at < bytes.length; at++) {
      expect(scan([bytes.slice(0, at), new Uint8Array(), bytes.slice(at)])).toEqual(JSON.parse(text));
    }
    expect(scan(cut(bytes, [1]))).toEqual(JSON.parse(text));
  });

  test('parses long lists in parts', () => {
    const list = Array.from({ length: 30_000 }, (_, i) => ({ i, text: `number ${i}, ]` }));
    expect(scan(cut(bytesOf(JSON.stringify({ list, end: 1 })), [4096, 1, 70_000]))).toEqual({ list, end: 1 });
  });

  test('accepts what JSON.parse accepts and nothing else', () => {
    const fragments = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '1',
      '-',
      '.5',
      'e',
      '0',
      'null',
      'true',
      ' ',
      '\n',
      '\u0001',
      'NaN',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), cuts, (parts, sizes) => {
        const text = parts.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expected = undefined;
        }
        if (typeof expected === 'object' && expected !== null)
          expect(scan(cut(bytesOf(text), sizes))).toEqual(expected);
        else failure(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('a file cut short is an error, whatever is missing', () => {
    const text = '{"a": [1, {"b": "c\\n"}], "d": {"e": [null, true, 1.5e3]}}';
    for (let length = 0; length < text.length; length++) failure(text.slice(0, length));
  });

  test('keeps a key __proto__ as a key', () => {
    const data = scan([bytesOf('{"list": [{"__proto__": {"polluted": 1}}]}')]) as { list: object[] };
    expect(Object.keys(data.list[0])).toEqual(['__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const slowly = parseJson('{"__proto__": {"polluted": NaN}}', { pythonNumbers: true }) as object;
    expect(Object.keys(slowly)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(slowly)).toBe(Object.prototype);
  });

  test('takes texts of any length, also where it parses slowly', () => {
    const [long] = scan([bytesOf(`["${'a\\n'.repeat(3e6)}", NaN]`)], true) as string[];
    expect(long.length).toBe(6e6);
  });

  test("reads Python's NaN and Infinity where they are asked for", () => {
    const text = '[{"score": NaN, "area": -Infinity, "name": "NaN"}, Infinity]';
    expect(scan([bytesOf(text)], true)).toEqual([
      { score: Number.NaN, area: Number.NEGATIVE_INFINITY, name: 'NaN' },
      Number.POSITIVE_INFINITY,
    ]);
    expect(failure(text).message).toBe(
      'a.json: line 1, column 12: must be JSON, which has no NaN (Python\'s json module writes it), found "N"',
    );
  });

  test.each([
    ['nothing', '', 'line 1, column 1: must begin with "{" or "[", found the end of the file'],
    ['a number', ' 5', 'line 1, column 2: must begin with'],
    ['a missing comma', '{"a": []\n "b": []}', 'line 2, column 2: must be "," or "}", found "\\""'],
    ['a missing colon', '{"a" []}', 'line 1, column 6: must be ":", found "["'],
    ['a name without quotes', '{a: 1}', 'line 1, column 2: must be a member name in quotes, found "a"'],
    ['a comma too many', '{"a": [\n{"id": 1},\n]}', 'line 3, column 1: must be a value, found "]"'],
    ['a member without value', '{"a": , "b": 1}', 'line 1, column 7: must be a value, found ","'],
    ['a word that is no value', '{"a": [\n{"é": nan}]}', 'line 2, column 8: must be a value, found "n"'],
    ['a wrong bracket', '{"a": [\n1}', 'line 2, column 2: must be "," or "]", found "}"'],
    ['a wrong bracket inside', '{"a": [{"b": 1]]}', 'line 1, column 15: must be "," or "}", found "]"'],
    ['something behind the end', '{"a": []}\n x', 'line 2, column 2: must be the end of the file, found "x"'],
    ['a bad escape', '["\\x"]', 'line 1, column 2: must be a text without'],
    ['a line end in a text', '["a\nb"]', 'line 1, column 2: must be a text without'],
    [
      'an open text',
      '{"a": [\n"b',
      'line 2, column 3: must go on to the end of its lists, objects and texts, found the end of the file',
    ],
    ['an open name', '{"a', 'line 1, column 4: must be the rest of a name in quotes, found the end of the file'],
    ['a control character', '\u0001{}', 'line 1, column 1: must begin with "{" or "[", found byte 0x01'],
    [
      'deep nesting',
      `{"a": ${'['.repeat(100_000)}`,
      'column 72: must hold at most 64 lists and objects in one another',
    ],
  ])('gives line and column for %s', (_, text, message) => {
    expect(failure(text).message).toContain(`a.json: ${message.startsWith('column') ? 'line 1, ' : ''}${message}`);
  });

  test('gives the place of what is not UTF-8', () => {
    expect(failure(Uint8Array.from([...bytesOf('["a",\n"é'), 0xff, ...bytesOf('"]')])).message).toBe(
      'a.json: line 2, column 4: must be UTF-8, found byte 0xff',
    );
    expect(failure(Uint8Array.of(0xff, 0xfe, 0x7b, 0)).message).toContain('line 1, column 1: must begin with');
  });

  test('takes a byte order mark and CR LF', () => {
    expect(scan(cut(bytesOf('\uFEFF{"a":\r\n[ ],\r\n"b" : { } }\r\n'), [1]))).toEqual({ a: [], b: {} });
  });

  test('counts lines and columns over many pieces and parts', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `{"i": ${i}}`);
    lines[19_990] = '{"i": x}';
    const bytes = bytesOf(`[${lines.join(',\n')}]`);
    for (const sizes of [[bytes.length], [1000], [65_536, 3]]) {
      expect(() => scan(cut(bytes, sizes))).toThrow('a.json: line 19991, column 7: must be a value, found "x"');
    }
  });
});
