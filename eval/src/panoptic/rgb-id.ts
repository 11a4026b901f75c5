import { OnebitError } from '@onebit/common';

const LARGEST_ID = 2 ** 24 - 1;

/**
 * Segment ids of a panoptic PNG: `R + 256 G + 256^2 B`.
 * @param rgb Pixels [height, width, channels] as decoded, row after row.
 * @param channels 3, or 4 for a decoder that adds alpha, which is skipped.
 * @returns Ids [height, width].
 * @throws OnebitError ERR_DATA unless the pixels are whole.
 */
export function rgb2id(rgb: Uint8Array | Uint8ClampedArray, channels: 3 | 4 = 3): Uint32Array {
  if (rgb.length % channels !== 0) {
    throw new OnebitError(
      'ERR_DATA',
      `rgb2id: ${rgb.length} bytes are no whole number of pixels of ${channels} channels`,
    );
  }
  const ids = new Uint32Array(rgb.length / channels);
  for (let i = 0, at = 0; i < ids.length; i++, at += channels) {
    ids[i] = rgb[at] | (rgb[at + 1] << 8) | (rgb[at + 2] << 16);
  }
  return ids;
}

/**
 * The inverse of {@link rgb2id}: pixels [height, width, 3] of ids [height, width].
 * @throws OnebitError ERR_DATA for an id above 2^24 - 1.
 */
export function id2rgb(ids: Uint32Array): Uint8Array {
  const rgb = new Uint8Array(3 * ids.length);
  ids.forEach((id, i) => {
    if (id > LARGEST_ID)
      throw new OnebitError('ERR_DATA', `id2rgb: pixel ${i}: id must be 0 to ${LARGEST_ID}, got ${id}`);
    rgb[3 * i] = id;
    rgb[3 * i + 1] = id >>> 8;
    rgb[3 * i + 2] = id >>> 16;
  });
  return rgb;
}
