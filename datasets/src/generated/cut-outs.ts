import sharp from 'sharp';
import type { Drawing } from './art.js';

/** One level of a cut-out: RGBA, 8 bits, premultiplied by alpha so that averages do not bleed the colour of transparent pixels. */
export interface Level {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** A drawing, drawn with a longest side of {@link cutOutSize} pixels and cut to its visible part, with halved copies for shrinking without aliasing. */
export interface CutOut {
  readonly levels: readonly Level[];
}

/** Longest side a drawing is drawn at, pixels. */
const cutOutSize = 320;
/** About 150 cut-outs: enough to keep what a part shows often, small enough for a worker on each of many cores. */
const cacheBytes = 96 * 2 ** 20;

/** Draws cut-outs once and keeps them, least recently used out first. One a thread. */
export class CutOutCache {
  readonly #held = new Map<string, Promise<CutOut>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  get(drawing: Drawing): Promise<CutOut> {
    const known = this.#held.get(drawing.key);
    if (known !== undefined) {
      this.#held.delete(drawing.key);
      this.#held.set(drawing.key, known);
      return known;
    }
    const made = drawCutOut(drawing).then((cutOut) => {
      this.#account(drawing.key, cutOut);
      return cutOut;
    });
    this.#held.set(drawing.key, made);
    return made;
  }

  #account(key: string, cutOut: CutOut): void {
    const bytes = cutOut.levels.reduce((sum, level) => sum + level.rgba.length, 0);
    this.#sizes.set(key, bytes);
    this.#bytes += bytes;
    for (const old of this.#held.keys()) {
      if (this.#bytes <= cacheBytes) return;
      const size = this.#sizes.get(old);
      if (old === key || size === undefined) continue; // still being drawn: its bytes are not counted yet
      this.#held.delete(old);
      this.#sizes.delete(old);
      this.#bytes -= size;
    }
  }
}

async function drawCutOut({ svg, file }: Drawing): Promise<CutOut> {
  const fit = { width: cutOutSize, height: cutOutSize, fit: 'inside' as const, withoutEnlargement: true };
  const sized = svg?.replace('<svg ', `<svg width="${cutOutSize}" height="${cutOutSize}" `);
  const drawn = sized === undefined ? sharp(file) : sharp(Buffer.from(sized));
  const picture = await drawn
    .ensureAlpha()
    .resize(fit)
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const levels = [
    premultiplied(picture.data, picture.info.width, alphaHull(picture.data, picture.info.width, picture.info.height)),
  ];
  while (Math.min(levels[levels.length - 1].width, levels[levels.length - 1].height) >= 8)
    levels.push(halve(levels[levels.length - 1]));
  return { levels };
}

/** Bounds of the pixels with alpha of at least one half; the whole picture if there is none. */
function alphaHull(
  rgba: Uint8Array,
  width: number,
  height: number,
): { left: number; top: number; width: number; height: number } {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 3; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (rgba[i] < 128) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (right < 0) return { left: 0, top: 0, width, height };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function premultiplied(rgba: Uint8Array, stride: number, hull: ReturnType<typeof alphaHull>): Level {
  const { left, top, width, height } = hull;
  const out = new Uint8Array(width * height * 4);
  for (let y = 0, o = 0; y < height; y++) {
    let i = 4 * ((top + y) * stride + left);
    for (let x = 0; x < width; x++, i += 4, o += 4) {
      const alpha = rgba[i + 3];
      for (let c = 0; c < 3; c++) out[o + c] = (rgba[i + c] * alpha + 127) / 255;
      out[o + 3] = alpha;
    }
  }
  return { width, height, rgba: out };
}

/** Means of 2 x 2 pixels; the last row or column of an odd side is averaged with itself. */
function halve(from: Level): Level {
  const width = (from.width + 1) >> 1;
  const height = (from.height + 1) >> 1;
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0, o = 0; y < height; y++) {
    const row0 = 2 * y * from.width;
    const row1 = Math.min(2 * y + 1, from.height - 1) * from.width;
    for (let x = 0; x < width; x++) {
      const x1 = Math.min(2 * x + 1, from.width - 1);
      const [a, b, c, d] = [row0 + 2 * x, row0 + x1, row1 + 2 * x, row1 + x1];
      for (let k = 0; k < 4; k++, o++) {
        rgba[o] = (from.rgba[4 * a + k] + from.rgba[4 * b + k] + from.rgba[4 * c + k] + from.rgba[4 * d + k] + 2) >> 2;
      }
    }
  }
  return { width, height, rgba };
}
