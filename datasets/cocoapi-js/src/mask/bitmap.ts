import { CocoError } from '../errors.js';
import { Changes } from './changes.js';
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
  const changes = new Changes();
  // Row by row, as the pixels lie in memory. Above the first pixel of a column is, in the order of runs, the last one of the column before.
  for (let x = 0; x < width && height > 0; x++) {
    const before = x > 0 ? data[(height - 1) * width + x - 1] : 0;
    if ((data[x] === 0) !== (before === 0)) changes.add(x * height);
  }
  // Most pixels are as the one above: four at a time are compared where rows begin at whole words.
  const step = width % 4 === 0 && data.byteOffset % 4 === 0 ? 4 : 1;
  const words = step === 1 ? data : new Uint32Array(data.buffer, data.byteOffset, data.length / step);
  const wordsInRow = width / step;
  for (let word = wordsInRow; word < words.length; word++) {
    if (words[word] === words[word - wordsInRow]) continue;
    const y = Math.floor(word / wordsInRow);
    for (let at = word * step, end = at + step; at < end; at++) {
      if ((data[at] === 0) !== (data[at - width] === 0)) changes.add((at - y * width) * height + y);
    }
  }
  return { height, width, counts: changes.toCounts(height * width) };
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
