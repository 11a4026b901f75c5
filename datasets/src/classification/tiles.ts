import { OnebitError } from '@onebit/common';
import { mapConcurrent } from '../files.js';
import { decodeImage, type RgbImage } from '../image.js';
import type { ClassificationSample } from './types.js';

/** A picture that holds many small square ones of one class, row by row, without a gap. */
export interface Sheet {
  readonly path: string;
  /** Shown in the ids of its tiles. */
  readonly name: string;
  readonly label: number;
  readonly count: number;
}

/** How all sheets of a set are cut. */
export interface SheetLayout {
  /** Side of a tile in pixels. */
  readonly tile: number;
  /** Tiles in a row. */
  readonly columns: number;
}

/** Sheets decoded at the same time: sharp has threads of its own. */
const atOnce = 4;

/**
 * Decodes sheets once and keeps their tiles as bytes in shared memory: small pictures take less room so than their files' names and buffers would.
 * @throws OnebitError ERR_DATA naming a sheet that does not decode or has no room for its tiles.
 */
export async function cutSheets(
  sheets: readonly Sheet[],
  { tile, columns }: SheetLayout,
): Promise<ClassificationSample[]> {
  const cut = await mapConcurrent(sheets, atOnce, async ({ path, name, label, count }) => {
    const sheet = await decodeImage(path);
    const height = Math.ceil(count / columns) * tile;
    if (sheet.width !== columns * tile || sheet.height < height) {
      throw new OnebitError(
        'ERR_DATA',
        `${path}: must be ${columns * tile} wide and at least ${height} high for ${count} tiles of ${tile} pixels, found ${sheet.width} x ${sheet.height}. Fetch it again.`,
      );
    }
    const pictures = imagesIn(count, tile, tile);
    for (const [i, picture] of pictures.entries()) {
      copyTile(sheet, (i % columns) * tile, Math.floor(i / columns) * tile, picture);
    }
    return pictures.map((picture, i) => ({ id: `${name}#${i}`, label, picture }));
  });
  return cut.flat();
}

/** `count` black pictures in one piece of shared memory. */
export function imagesIn(count: number, width: number, height: number): RgbImage[] {
  const bytes = width * height * 3;
  const memory = new SharedArrayBuffer(count * bytes);
  return Array.from({ length: count }, (_, i) => ({ data: new Uint8Array(memory, i * bytes, bytes), width, height }));
}

function copyTile(sheet: RgbImage, left: number, top: number, tile: RgbImage): void {
  const length = tile.width * 3;
  for (let y = 0; y < tile.height; y++) {
    const from = ((top + y) * sheet.width + left) * 3;
    tile.data.set(sheet.data.subarray(from, from + length), y * length);
  }
}
