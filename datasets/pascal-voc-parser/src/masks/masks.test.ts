import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VocError } from '../errors.js';
import { vocClasses, vocColour, vocPalette } from '../index.js';
import { type PngChunk, readPngChunks, writePngChunks } from './png-chunks.js';
import { readMask } from './read-mask.js';
import { writeMask } from './write-mask.js';

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8;
  readonly colourType: number;
  readonly isInterlaced: boolean;
  /** Number of the filter of each stored row, taken in turn. */
  readonly filters: readonly number[];
  readonly labels: readonly number[];
}

/** Byte by byte from the specification, without any of the reader's shortcuts. */
function encode({ width, height, depth, colourType, isInterlaced, filters, labels }: Picture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, Number(isInterlaced)], 8);
  const passOf = (x: number, y: number): number => {
    if (!isInterlaced) return 0;
    // The 8 x 8 pattern of section 8.2.
    const pattern = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777'];
    return Number(pattern[y % 8][x % 8]);
  };
  const stored: number[] = [];
  let filterIndex = 0;
  for (let pass = 0; pass <= 7; pass++) {
    let above: number[] = [];
    for (let y = 0; y < height; y++) {
      const bits: number[] = [];
      for (let x = 0; x < width; x++) {
        if (passOf(x, y) !== pass) continue;
        for (let bit = depth - 1; bit >= 0; bit--) bits.push((labels[y * width + x] >> bit) & 1);
      }
      if (bits.length === 0) continue;
      const row: number[] = [];
      for (let i = 0; i < bits.length; i += 8) {
        row.push(Array.from({ length: 8 }, (_, k) => bits[i + k] ?? 0).reduce((byte, bit) => byte * 2 + bit, 0));
      }
      const filter = filters[filterIndex++ % filters.length];
      stored.push(
        filter,
        ...row.map(
          (byte, i) => (byte - predict(filter, row[i - 1] ?? 0, above[i] ?? 0, i > 0 ? (above[i - 1] ?? 0) : 0)) & 255,
        ),
      );
      above = row;
    }
  }
  const data = deflateSync(Uint8Array.from(stored));
  const half = data.length >> 1;
  const chunks: PngChunk[] = [{ type: 'IHDR', data: header }];
  if (colourType === 3) chunks.push({ type: 'PLTE', data: vocPalette() });
  chunks.push({ type: 'tEXt', data: Buffer.from('Comment\0x') });
  chunks.push({ type: 'IDAT', data: data.subarray(0, half) }, { type: 'IDAT', data: data.subarray(half) });
  return writePngChunks([...chunks, { type: 'IEND', data: new Uint8Array(0) }]);
}

function predict(filter: number, a: number, b: number, c: number): number {
  const p = a + b - c;
  const paeth = [a, b, c].reduce((best, x) => (Math.abs(p - x) < Math.abs(p - best) ? x : best));
  return [0, a, b, Math.floor((a + b) / 2), paeth][filter];
}

const picture = fc
  .record({
    width: fc.integer({ min: 1, max: 21 }),
    height: fc.integer({ min: 1, max: 18 }),
    depth: fc.constantFrom(1, 2, 4, 8),
    colourType: fc.constantFrom(0, 3),
    isInterlaced: fc.boolean(),
    filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
    seed: fc.nat(1e6),
  })
  .map(({ seed, ...rest }): Picture => {
    const { width, height, depth } = rest;
    // Runs and steps, as masks have.
    const labels = Array.from({ length: width * height }, (_, i) => ((i * i * (seed % 97)) >> 3) % 2 ** depth);
    return { ...rest, labels } as Picture;
  });

const small = writeMask({ width: 3, height: 2, labels: Uint8Array.of(0, 1, 20, 255, 15, 0) });

const failure = (bytes: Uint8Array): VocError => {
  try {
    readMask(bytes, 'SegmentationClass/a.png');
  } catch (error) {
    if (error instanceof VocError) return error;
    throw error;
  }
  throw new Error('read although it should not');
};

/** The small mask with one chunk's data changed and its checksum made right again. */
const changed = (type: string, change: (data: Uint8Array) => Uint8Array) =>
  writePngChunks(
    [...readPngChunks(small, 'small')].map((chunk) =>
      chunk.type === type ? { type, data: change(chunk.data) } : chunk,
    ),
  );

describe('palette', () => {
  test('colours follow the formula of the devkit', () => {
    expect([0, 1, 2, 15, 255].map(vocColour)).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [192, 128, 128],
      [224, 224, 192],
    ]);
    expect([...vocPalette().subarray(3, 9)]).toEqual([128, 0, 0, 0, 128, 0]);
    expect(new Set(Array.from({ length: 256 }, (_, i) => vocColour(i).join())).size).toBe(256);
  });

  test('there are 20 classes in alphabetical order', () => {
    expect(vocClasses).toHaveLength(20);
    expect([...vocClasses].sort()).toEqual(vocClasses);
  });
});

describe('readMask', () => {
  test('gives the labels of every depth, filter and interlacing', () => {
    fc.assert(
      fc.property(picture, (value) => {
        const mask = readMask(encode(value), 'a.png');
        expect([mask.width, mask.height, [...mask.labels]]).toEqual([value.width, value.height, value.labels]);
        expect(mask.palette?.length).toBe(value.colourType === 3 ? 768 : undefined);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['an empty file', new Uint8Array(0), /must be a PNG file, found an empty file/],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0), /found a file that starts with ff d8 ff e0/],
    ['a colour picture', changed('IHDR', (d) => d.with(9, 2)), /IHDR: must be a palette or grey PNG.*found RGB\. Take/],
    ['16 bits', changed('IHDR', (d) => d.with(8, 16).with(9, 0)), /at most 8 bits, found 16. Renumber/],
    ['giant sides', changed('IHDR', (d) => d.with(0, 127)), /IHDR: must state 1 to 134217728 pixels, found 2130706435/],
    ['no pixels', changed('IHDR', (d) => d.with(3, 0)), /found 0 x 2/],
    [
      'a large picture without data',
      changed('IHDR', (d) => d.with(2, 255)),
      /must hold 130568 bytes of pixels, found 8/,
    ],
    ['more data than pixels', changed('IDAT', () => deflateSync(new Uint8Array(5e7))), /8 bytes of pixels, found more/],
    ['data that is none', changed('IDAT', () => Uint8Array.of(1, 2, 3)), /IDAT: .*does not unpack/],
    [
      'an unknown filter',
      changed('IDAT', () => deflateSync(new Uint8Array(8).with(0, 5))),
      /must use row filters 0 to 4/,
    ],
    ['an unknown interlacing', changed('IHDR', (d) => d.with(12, 2)), /as the PNG specification says, found 8,3,0,0,2/],
    ['a wrong bit', small.with(45, small[45] ^ 1), /must fit its checksum/],
    ['no header', writePngChunks([{ type: 'IEND', data: new Uint8Array(0) }]), /IHDR: must be there, found none/],
  ])('refuses %s', (_, bytes, message) => {
    expect(failure(bytes).message).toMatch(message);
    expect(failure(bytes).file).toBe('SegmentationClass/a.png');
  });

  test('refuses every shortened file', () => {
    for (let length = 0; length < small.length; length++) {
      expect(failure(small.subarray(0, length)).message).toMatch(/must be (whole|a PNG)/);
    }
  });
});

test('changed bytes give a mask or a VocError, also where the checksums are right', () => {
  const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  const altered = (bytes: Uint8Array, changes: readonly [number, number][]) => {
    const copy = bytes.slice();
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  };
  fc.assert(
    fc.property(picture, change, (value, changes) => {
      const bytes = encode(value);
      const chunks = [...readPngChunks(bytes, 'a.png')].map(({ type, data }) => ({
        type,
        data: altered(data, changes),
      }));
      for (const file of [altered(bytes, changes), writePngChunks(chunks)]) {
        try {
          const { width, height, labels } = readMask(file, 'a.png');
          expect(labels).toHaveLength(width * height);
        } catch (error) {
          expect(error).toBeInstanceOf(VocError);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('writeMask gives a file that reads back, with its own palette if it has one', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(30), fc.boolean(), (w, h, own) => {
      const [width, height] = [w + 1, h + 1];
      const labels = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) & 255);
      const palette = own ? Uint8Array.of(1, 2, 3, 4, 5, 6) : vocPalette();
      const mask = { width, height, labels, palette };
      expect(readMask(writeMask(own ? mask : { width, height, labels }), 'a.png')).toEqual(mask);
    }),
  );
  expect(() => writeMask({ width: 2, height: 2, labels: new Uint8Array(3) })).toThrow(/2 x 2 pixels, found 3/);
});
