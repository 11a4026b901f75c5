import { inflateSync } from 'node:zlib';
import { VocError } from '../errors.js';
import { readPngChunks } from './png-chunks.js';
import { unfilter } from './unfilter.js';

/** A segmentation mask as the file stores it: one label a pixel. */
export interface VocMask {
  readonly width: number;
  readonly height: number;
  /** [height, width], row by row: in SegmentationClass 0 background, 1..20 classes, 255 border; in SegmentationObject the object's number. */
  readonly labels: Uint8Array;
  /** Colours of the labels, [entries, red green blue]; undefined when the file is a grey picture whose values are the labels. */
  readonly palette?: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits a pixel: 1, 2, 4 or 8. */
  readonly depth: number;
  readonly isInterlaced: boolean;
}

/** Beyond any photograph; a header of a few bytes must not make the program ask for gigabytes. */
const maxPixels = 2 ** 27;

const colourTypes: Record<number, string> = { 2: 'RGB', 4: 'grey with alpha', 6: 'RGB with alpha' };
const grey = 0;
const indexed = 3;

/**
 * Reads a label mask from a PNG: the stored indices of a palette picture, or the values of a grey one, of 1, 2, 4 or 8 bits, interlaced or not.
 * Values are never scaled, and no colour is turned back into a label.
 * @param name the file's name, used in messages alone.
 * @throws VocError for colour and 16-bit pictures, and for files that are cut off, damaged or above 2^27 pixels.
 */
export function readMask(bytes: Uint8Array, name: string): VocMask {
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  const data: Uint8Array[] = [];
  for (const chunk of readPngChunks(bytes, name)) {
    if (chunk.type === 'IHDR') header = readHeader(chunk.data, name);
    else if (chunk.type === 'PLTE') palette = chunk.data.slice();
    else if (chunk.type === 'IDAT') data.push(chunk.data);
  }
  if (!header) throw new VocError(name, undefined, 'IHDR', 'must be there, found none');
  const labels = decode(header, inflate(Buffer.concat(data), rawLength(header), name));
  if (!labels) throw new VocError(name, undefined, 'IDAT', 'must use row filters 0 to 4, found another number');
  const { width, height } = header;
  return palette ? { width, height, labels, palette } : { width, height, labels };
}

function readHeader(data: Uint8Array, name: string): Header {
  const wrong = (complaint: string) => new VocError(name, undefined, 'IHDR', complaint);
  if (data.length !== 13) throw wrong(`must hold 13 bytes, found ${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, compression, filter, interlace] = data.subarray(8);
  if (width === 0 || height === 0 || width * height > maxPixels) {
    throw wrong(`must state 1 to ${maxPixels} pixels, found ${width} x ${height}`);
  }
  if (colourType in colourTypes) {
    throw wrong(
      `must be a palette or grey PNG, whose pixels are labels, found ${colourTypes[colourType]}. ` +
        'Take the original file, or write labels with writeMask: a colour picture has lost them.',
    );
  }
  const isKnown = (colourType === indexed || colourType === grey) && compression === 0 && filter === 0;
  if (!isKnown || interlace > 1) throw wrong(`must be as the PNG specification says, found ${[...data.subarray(8)]}`);
  if (depth === 16) throw wrong('must have labels of at most 8 bits, found 16. Renumber them to 0..255.');
  if (![1, 2, 4, 8].includes(depth)) throw wrong(`must have 1, 2, 4 or 8 bits a pixel, found ${depth}`);
  return { width, height, depth, isInterlaced: interlace === 1 };
}

/** The parts in which Adam7 stores a picture: first column and row, steps. A plain picture is one part. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const plain = [[0, 0, 1, 1]] as const;

/** The stored parts with their sizes; parts without pixels store nothing. */
function partsOf({ width, height, depth, isInterlaced }: Header) {
  return (isInterlaced ? adam7 : plain)
    .map(([x, y, stepX, stepY]) => {
      const columns = Math.ceil((width - x) / stepX);
      return { x, y, stepX, stepY, columns, rows: Math.ceil((height - y) / stepY), stride: (columns * depth + 7) >> 3 };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

function rawLength(header: Header): number {
  return partsOf(header).reduce((sum, { rows, stride }) => sum + rows * (stride + 1), 0);
}

/** Unpacks exactly `length` bytes: a small file that would swell beyond its picture is refused before it does. */
function inflate(data: Uint8Array, length: number, name: string): Uint8Array {
  let found: string;
  try {
    const raw = inflateSync(data, { maxOutputLength: length });
    if (raw.length === length) return raw;
    found = `${raw.length}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    found = code === 'ERR_BUFFER_TOO_LARGE' ? 'more' : `data that does not unpack (${message})`;
  }
  throw new VocError(name, undefined, 'IDAT', `must hold ${length} bytes of pixels, found ${found}`);
}

function decode(header: Header, raw: Uint8Array): Uint8Array | undefined {
  const { width, height, depth, isInterlaced } = header;
  let at = 0;
  const labels = new Uint8Array(isInterlaced ? width * height : 0);
  for (const { x, y, stepX, stepY, columns, rows, stride } of partsOf(header)) {
    const packed = unfilter(raw.subarray(at, at + rows * (stride + 1)), rows, stride);
    if (!packed) return undefined;
    const part = depth === 8 ? packed : unpack(packed, columns, rows, depth);
    if (!isInterlaced) return part;
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0, o = (y + row * stepY) * width + x; column < columns; column++, o += stepX)
        labels[o] = part[i++];
    }
    at += rows * (stride + 1);
  }
  return labels;
}

/** Splits bytes into pixels, the first one in the highest bits; each row starts on a byte. */
function unpack(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const stride = (width * depth + 7) >> 3;
  const largest = 2 ** depth - 1;
  const labels = new Uint8Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    for (let bit = 0; bit < width * depth; bit += depth) {
      labels[o++] = (packed[y * stride + (bit >> 3)] >> (8 - depth - (bit & 7))) & largest;
    }
  }
  return labels;
}
