// biome-ignore-all lint/complexity/useMathMinMax: comparisons run the loop over the pixels at twice the speed of Math.min and Math.max
import type { Draws } from './draws.js';

/** One drawn change of colours; undefined parts are left as they are. */
export interface Distortion {
  /** Added to every channel, in 0 … 255. */
  readonly brightness?: number;
  /** Factor of every channel. */
  readonly contrast?: number;
  /** Whether contrast changes before saturation and hue, or after. */
  readonly contrastFirst: boolean;
  /** Factor of S of HSV. */
  readonly saturation?: number;
  /** Degrees added to H of HSV. */
  readonly hue?: number;
  /** Output channel c is input channel `order[c]`, both in red, green, blue. */
  readonly order?: readonly [number, number, number];
}

/** The six orders of three channels as the official code lists them, for blue, green, red. */
const bgrOrders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Draws a distortion: ranges and order of draws of SSD's training (Liu et al. 2016, arXiv 1512.02325, section 2.2, in its common implementation). */
export function drawDistortion(draws: Draws): Distortion {
  const maybe = (low: number, high: number) => (draws.integer(2) ? draws.uniform(low, high) : undefined);
  const brightness = maybe(-32, 32);
  const contrastFirst = draws.integer(2) === 1;
  const contrastBefore = contrastFirst ? maybe(0.5, 1.5) : undefined;
  const saturation = maybe(0.5, 1.5);
  const hue = maybe(-18, 18);
  const contrast = contrastFirst ? contrastBefore : maybe(0.5, 1.5);
  const order = draws.integer(2) ? bgrOrders[draws.integer(6)] : undefined;
  return {
    brightness,
    contrast,
    contrastFirst,
    saturation,
    hue,
    order: order && [2 - order[2], 2 - order[1], 2 - order[0]],
  };
}

/** The part of an image [height, width, 3] to change. */
export interface Region {
  /** Width of the whole image. */
  readonly stride: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Changes the colours of a region in place; `pixels` are red, green, blue in 0 … 255.
 * @param clamp true keeps every intermediate colour in its range, as a picture has it; false lets values leave it and S exceed 1, as the official
 *   code does. Then even a distortion without saturation and hue passes through HSV, which changes colours that are out of range.
 */
export function distort(pixels: Float32Array, region: Region, distortion: Distortion, clamp: boolean): void {
  const { brightness = 0, contrast = 1, contrastFirst, saturation = 1, hue = 0, order = [0, 1, 2] } = distortion;
  const throughHsv = !clamp || saturation !== 1 || hue !== 0;
  const turn = hue / 60;
  const before = contrastFirst ? contrast : 1;
  const after = contrastFirst ? 1 : contrast;
  const [toRed, toGreen, toBlue] = [order.indexOf(0), order.indexOf(1), order.indexOf(2)];
  for (let y = region.top; y < region.bottom; y++) {
    const end = (y * region.stride + region.right) * 3;
    // Colours stay in local variables and HSV is written out here: an array or an object a pixel costs several times as much.
    for (let i = (y * region.stride + region.left) * 3; i < end; i += 3) {
      let r = limit(limit(pixels[i] + brightness, clamp) * before, clamp);
      let g = limit(limit(pixels[i + 1] + brightness, clamp) * before, clamp);
      let b = limit(limit(pixels[i + 2] + brightness, clamp) * before, clamp);
      const v = r > g ? (r > b ? r : b) : g > b ? g : b;
      const range = v - (r < g ? (r < b ? r : b) : g < b ? g : b);
      if (throughHsv && range > 0) {
        // H in sixths of the circle. The red sector is tested first, then green: it decides ties.
        const perRange = 1 / (range + epsilon);
        let h = (v === r ? (g - b) * perRange : v === g ? (b - r) * perRange + 2 : (r - g) * perRange + 4) + turn;
        if (h < 0) h += 6;
        else if (h >= 6) h -= 6;
        const s = (range / (Math.abs(v) + epsilon)) * saturation;
        const chroma = v * (clamp && s > 1 ? 1 : s);
        const sector = Math.floor(h);
        const down = v - chroma * (h - sector);
        const up = v - chroma * (1 - h + sector);
        const base = v - chroma;
        r = sector === 1 ? down : sector === 2 || sector === 3 ? base : sector === 4 ? up : v;
        g = sector === 1 || sector === 2 ? v : sector === 3 ? down : sector === 4 || sector === 5 ? base : up;
        b = sector === 2 ? up : sector === 3 || sector === 4 ? v : sector === 5 ? down : base;
      }
      pixels[i + toRed] = limit(r * after, clamp);
      pixels[i + toGreen] = limit(g * after, clamp);
      pixels[i + toBlue] = limit(b * after, clamp);
    }
  }
}

/** 2^-23, the step of 32-bit floats at 1, keeps the quotients of HSV finite in the official code. */
const epsilon = 2 ** -23;

/** A function of the module, not of the loop: twice the speed of a closure over the bounds. */
function limit(value: number, clamp: boolean): number {
  if (!clamp) return value;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
