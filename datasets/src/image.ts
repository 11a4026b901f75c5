import { readFile } from 'node:fs/promises';
import { OnebitError } from '@onebit/common';
import sharp from 'sharp';

/** A decoded picture: `data` is [height, width, 3], red green blue, one byte each. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes a picture to three channels (grey ones get three equal channels, alpha is dropped) in its stored orientation: annotations of VOC and
 * COCO are for that one, whatever the EXIF tag says.
 * @throws OnebitError ERR_DATA naming the file when it is missing, broken or cut short.
 */
export async function decodeImage(path: string): Promise<RgbImage> {
  const bytes = await readImageFile(path);
  try {
    // 'error' fails on cut-off files too, but not on the harmless warnings (stray bytes between markers) of some camera files.
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw undecodable(path, error);
  }
}

/** A copy in shared memory, which threads see without copying. */
export function sharedImage({ data, width, height }: RgbImage): RgbImage {
  const copy = new Uint8Array(new SharedArrayBuffer(data.length));
  copy.set(data);
  return { data: copy, width, height };
}

/** Width and height of the stored picture, from the file's header alone. */
export async function readImageSize(path: string): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await sharp(path).metadata();
    return { width, height };
  } catch (error) {
    throw undecodable(path, error);
  }
}

async function readImageFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    throw new OnebitError(
      'ERR_DATA',
      `${path}: the picture must be there, found no such file. Restore it, or take its id off the list.`,
      {
        cause: error,
      },
    );
  }
}

function undecodable(path: string, error: unknown): OnebitError {
  const reason = (error as Error).message.split('\n')[0];
  return new OnebitError(
    'ERR_DATA',
    `${path}: must be a whole JPEG, PNG or WebP picture, found one that does not decode (${reason}). ` +
      "Fetch the file again, take its id off the list, or let the loader go on without it (onCorrupt: 'skip').",
    { cause: error },
  );
}
