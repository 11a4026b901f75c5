import type { Colour } from './background.js';
import type { CutOut, Level } from './cut-outs.js';

/** How a cut-out is bent and coloured before it is painted. */
export interface Look {
  /** Longest side before turning, pixels. */
  readonly size: number;
  readonly flip: boolean;
  /** Turn, radians. */
  readonly angle: number;
  readonly shear: number;
  readonly stretch: number;
  /** Turn of the hue, radians. */
  readonly hue: number;
  readonly brightness: number;
  readonly contrast: number;
  /** Halvings beyond what the size asks for: the softness of far things. */
  readonly soften: number;
  /** Colour of a one-colour drawing. */
  readonly tint?: Colour;
}

/** A cut-out as it will stand in the picture: straight alpha, cut to the pixels that have any. */
export interface Patch {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly rgb: Uint8Array;
  /** [height, width] */
  readonly alpha: Uint8Array;
  /** Number of pixels with alpha of at least one half: the object's full area. */
  readonly area: number;
}

/** A pixel belongs to an object whose alpha there is at least this (one half). */
export const solidAlpha = 128;

/** Draws a cut-out through the affine map turn * shear * stretch * scale, with bilinear samples from the level nearest in size. */
export function makePatch(cutOut: CutOut, look: Look): Patch {
  const full = cutOut.levels[0];
  const scale = look.size / Math.max(full.width, full.height);
  const sx = scale * Math.sqrt(look.stretch);
  const sy = scale / Math.sqrt(look.stretch);
  const [cos, sin] = [Math.cos(look.angle), Math.sin(look.angle)];
  // Columns of the map: where a step along the cut-out's x and y leads in the patch.
  const ax = (look.flip ? -sx : sx) * cos;
  const ay = (look.flip ? -sx : sx) * sin;
  const bx = sy * (look.shear * cos - sin);
  const by = sy * (look.shear * sin + cos);
  const width = Math.max(1, Math.ceil(Math.abs(ax) * full.width + Math.abs(bx) * full.height));
  const height = Math.max(1, Math.ceil(Math.abs(ay) * full.width + Math.abs(by) * full.height));
  const wanted = Math.round(Math.log2(1 / scale)) + look.soften;
  const index = Math.max(0, Math.min(cutOut.levels.length - 1, wanted));
  const level = cutOut.levels[index];
  const determinant = ax * by - ay * bx;
  const fx = level.width / full.width / determinant;
  const fy = level.height / full.height / determinant;
  // Inverse map, about both centres, in pixels of the level.
  const sampler = { level, xx: by * fx, xy: -bx * fx, yx: -ay * fy, yy: ax * fy };
  return cut(colour(sample(sampler, width, height), width, height, look), width, height);
}

interface Sampler {
  readonly level: Level;
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
}

function sample({ level, xx, xy, yx, yy }: Sampler, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 4);
  const { rgba, width: w, height: h } = level;
  for (let y = 0, o = 0; y < height; y++) {
    const dy = y + 0.5 - height / 2;
    for (let x = 0; x < width; x++, o += 4) {
      const dx = x + 0.5 - width / 2;
      const u = w / 2 + xx * dx + xy * dy - 0.5;
      const v = h / 2 + yx * dx + yy * dy - 0.5;
      if (u <= -1 || v <= -1 || u >= w || v >= h) continue;
      const i = Math.floor(u);
      const j = Math.floor(v);
      const p = u - i;
      const q = v - j;
      const left = i >= 0 ? 1 - p : 0;
      const right = i + 1 < w ? p : 0;
      const top = j >= 0 ? 1 - q : 0;
      const low = j + 1 < h ? q : 0;
      const at = 4 * (j * w + i);
      // Weights of taps outside are zero and JS reads undefined | 0 = 0 there, so the borders fade out.
      for (let k = 0; k < 4; k++) {
        const a = left * top * (rgba[at + k] | 0) + right * top * (rgba[at + 4 + k] | 0);
        const b = left * low * (rgba[at + 4 * w + k] | 0) + right * low * (rgba[at + 4 * w + 4 + k] | 0);
        out[o + k] = a + b + 0.5;
      }
    }
  }
  return out;
}

/** Undoes the premultiplication and applies hue, brightness and contrast; in place. */
function colour(rgba: Uint8Array, width: number, height: number, look: Look): Uint8Array {
  const m = hueMatrix(look.hue);
  const gain = look.brightness * look.contrast;
  const offset = 128 * (1 - look.contrast) * look.brightness;
  for (let i = 0, end = 4 * width * height; i < end; i += 4) {
    const alpha = rgba[i + 3];
    if (alpha === 0) continue;
    const s = 255 / alpha;
    const [r, g, b] = [rgba[i] * s, rgba[i + 1] * s, rgba[i + 2] * s];
    for (let k = 0; k < 3; k++) {
      const value = look.tint?.[k] ?? gain * (m[3 * k] * r + m[3 * k + 1] * g + m[3 * k + 2] * b) + offset;
      rgba[i + k] = Math.min(255, Math.max(0, value));
    }
  }
  return rgba;
}

/** Turn about the grey axis that keeps luminance: the matrix of feColorMatrix type hueRotate (Filter Effects Module Level 1, section 9.6). */
function hueMatrix(angle: number): readonly number[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [r, g, b] = [0.213, 0.715, 0.072];
  return [
    r + c * (1 - r) - s * r,
    g - c * g - s * g,
    b - c * b + s * (1 - b),
    r - c * r + s * 0.143,
    g + c * (1 - g) + s * 0.14,
    b - c * b - s * 0.283,
    r - c * r - s * (1 - r),
    g - c * g + s * g,
    b + c * (1 - b) + s * b,
  ];
}

/** Cuts a picture to its solid pixels and one pixel of soft border, so that boxes and overhang are counted from what is seen. */
function cut(rgba: Uint8Array, width: number, height: number): Patch {
  let [left, top, right, bottom, area] = [width, height, -1, -1, 0];
  for (let y = 0, i = 3; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (rgba[i] < solidAlpha) continue;
      area++;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  left = Math.max(0, left - 1);
  top = Math.max(0, top - 1);
  const w = Math.max(1, Math.min(width, right + 2) - left);
  const h = Math.max(1, Math.min(height, bottom + 2) - top);
  const rgb = new Uint8Array(w * h * 3);
  const alpha = new Uint8Array(w * h);
  if (area === 0) return { width: 1, height: 1, rgb: new Uint8Array(3), alpha: new Uint8Array(1), area };
  for (let y = 0, o = 0; y < h; y++) {
    for (let x = 0; x < w; x++, o++) {
      const i = 4 * ((y + top) * width + x + left);
      for (let c = 0; c < 3; c++) rgb[3 * o + c] = rgba[i + c];
      alpha[o] = rgba[i + 3];
    }
  }
  return { width: w, height: h, rgb, alpha, area };
}
