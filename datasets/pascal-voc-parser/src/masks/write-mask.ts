import { deflateSync } from 'node:zlib';
import { VocError } from '../errors.js';
import { vocPalette } from './palette.js';
import { writePngChunks } from './png-chunks.js';
import type { VocMask } from './read-mask.js';

/**
 * Writes a mask as an 8-bit palette PNG; `readMask` of the result gives the labels back.
 * @param mask labels [height, width]; without a palette of its own it gets VOC's.
 * @throws VocError when the numbers of labels and pixels differ.
 */
export function writeMask({ width, height, labels, palette = vocPalette() }: VocMask): Uint8Array {
  if (!(width > 0 && height > 0 && labels.length === width * height)) {
    throw new VocError(
      'mask',
      undefined,
      'labels',
      `must be one for each of ${width} x ${height} pixels, found ${labels.length}`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, palette, deflate, filters by row, not interlaced
  // Filter 0 (none) on every row: labels are names, not amounts, and deflate finds their runs by itself.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(labels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return writePngChunks([
    { type: 'IHDR', data: header },
    { type: 'PLTE', data: palette },
    { type: 'IDAT', data: deflateSync(rows) },
    { type: 'IEND', data: new Uint8Array(0) },
  ]);
}
