import { readFile } from 'node:fs/promises';
import { OnebitError } from '@onebit/common';
import { decode } from 'fast-png';

/** A mask: one index a pixel, [height, width]. */
export interface IndexImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Reads a palette or grey PNG as indices; rows of 1, 2 or 4 bits are unpacked.
 * @throws OnebitError ERR_DATA naming the file when it is no such PNG.
 */
export async function readIndexImage(path: string): Promise<IndexImage> {
  let png: ReturnType<typeof decode>;
  try {
    png = decode(await readFile(path));
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new OnebitError('ERR_DATA', `${path}: must be a whole PNG mask, found one that does not decode (${reason})`, {
      cause: error,
    });
  }
  const { width, height, channels, depth } = png;
  if (channels !== 1) {
    throw new OnebitError(
      'ERR_DATA',
      `${path}: a mask must hold indices (palette or grey PNG), found ${channels} channels of colour`,
    );
  }
  const data =
    depth < 8 ? unpack(png.data as Uint8Array, width, height, depth) : (png.data as Uint8Array | Uint16Array);
  return { width, height, data };
}

/** Splits rows of packed indices, first pixel in the highest bits; each row starts on a byte. */
function unpack(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  if (packed.length === width * height) return packed;
  const stride = Math.ceil((width * depth) / 8);
  const mask = 2 ** depth - 1;
  const out = new Uint8Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o++) {
      const bit = x * depth;
      out[o] = (packed[y * stride + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return out;
}
