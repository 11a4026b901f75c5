import { CocoError } from '../errors.js';
import { checkLength, checkSize, type Runs } from './runs.js';

/** A mask as pixels in rows, as canvas, sharp and PNG have them (pycocotools' arrays lie in columns). */
export interface Bitmap {
  readonly height: number;
  readonly width: number;
  /** [height, width], row-major; 0 is background, everything else foreground. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A {@link Bitmap} of zeros and ones. */
export interface DecodedBitmap extends Bitmap {
  readonly data: Uint8Array<ArrayBuffer>;
}

/** @throws CocoError where the data are not height x width values. */
export function runsOfBitmap({ height, width, data }: Bitmap): Runs {
  checkSize(height, width, 'height, width');
  if (data.length !== height * width) {
    throw new CocoError('', 'data', `must hold ${height} x ${width} = ${height * width} pixels, found ${data.length}`);
  }
  let counts = new Uint32Array(256);
  let n = 0;
  let start = 0;
  let state = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0, at = x; y < height; y++, at += width) {
      const pixel = data[at] === 0 ? 0 : 1;
      if (pixel === state) continue;
      const position = x * height + y;
      if (n + 1 >= counts.length) counts = grown(counts);
      counts[n++] = position - start;
      start = position;
      state = pixel;
    }
  }
  counts[n++] = height * width - start;
  return { height, width, counts: counts.slice(0, n) };
}

function grown(counts: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * counts.length);
  larger.set(counts);
  return larger;
}

/**
 * Pixels 0 and 1 of a mask; runs that end early leave the rest 0.
 * @throws CocoError where the runs hold more pixels than the image.
 */
export function bitmapOf(runs: Runs): DecodedBitmap {
  const { height, width, counts } = runs;
  checkLength(runs);
  const data = new Uint8Array(height * width);
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    if (i & 1) fillColumns(data, height, width, at, at + counts[i]);
    at += counts[i];
  }
  return { height, width, data };
}

/** Sets the pixels of a run from `start` to before `end`, counted down the columns. */
function fillColumns(data: Uint8Array, height: number, width: number, start: number, end: number): void {
  let x = Math.floor(start / height);
  let y = start - x * height;
  for (let left = end - start; left > 0; x++, y = 0) {
    const rows = Math.min(left, height - y);
    for (let at = y * width + x, last = at + rows * width; at < last; at += width) data[at] = 1;
    left -= rows;
  }
}
