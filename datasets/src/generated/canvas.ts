import { type Patch, solidAlpha } from './patch.js';

/** A picture being painted, with the map that says which object each pixel belongs to. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly rgb: Uint8Array;
  /** [height, width]: number of the nearest object, from 1; 0 is background. A scene holds at most eight objects and a crowd. */
  readonly owner: Uint8Array;
}

/** Where a patch's corner lies; whole pixels, possibly outside. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

function bounds(canvas: Canvas, patch: Patch, place: Place): { x0: number; x1: number; y0: number; y1: number } {
  return {
    x0: Math.max(0, -place.x),
    x1: Math.min(patch.width, canvas.width - place.x),
    y0: Math.max(0, -place.y),
    y1: Math.min(patch.height, canvas.height - place.y),
  };
}

/** Paints with straight alpha; solid pixels become the object's. `owner` 0 paints a thing of no class. Returns the solid pixels inside the picture. */
export function paint(canvas: Canvas, patch: Patch, place: Place, owner: number): number {
  const { x0, x1, y0, y1 } = bounds(canvas, patch, place);
  let solid = 0;
  for (let y = y0; y < y1; y++) {
    let i = y * patch.width + x0;
    let o = (y + place.y) * canvas.width + x0 + place.x;
    for (let x = x0; x < x1; x++, i++, o++) {
      const alpha = patch.alpha[i];
      if (alpha === 0) continue;
      const a = alpha / 255;
      for (let c = 0; c < 3; c++) canvas.rgb[3 * o + c] += a * (patch.rgb[3 * i + c] - canvas.rgb[3 * o + c]);
      if (alpha >= solidAlpha) {
        solid++;
        if (owner > 0) canvas.owner[o] = owner;
      }
    }
  }
  return solid;
}

/** How many pixels of each owner a patch would take, index = owner. */
export function covered(canvas: Canvas, patch: Patch, place: Place, owners: number): Uint32Array {
  const taken = new Uint32Array(owners + 1);
  const { x0, x1, y0, y1 } = bounds(canvas, patch, place);
  for (let y = y0; y < y1; y++) {
    let i = y * patch.width + x0;
    let o = (y + place.y) * canvas.width + x0 + place.x;
    for (let x = x0; x < x1; x++, i++, o++) if (patch.alpha[i] >= solidAlpha) taken[canvas.owner[o]]++;
  }
  return taken;
}

/** Darkens what lies behind a patch: its alpha, blurred by `radius` pixels and moved by (dx, dy). Not part of any mask. */
export function castShadow(
  canvas: Canvas,
  patch: Patch,
  place: Place,
  shadow: { dx: number; dy: number; radius: number; strength: number },
): void {
  const r = shadow.radius;
  const width = patch.width + 2 * r;
  const height = patch.height + 2 * r;
  const field = new Float32Array(width * height);
  for (let y = 0; y < patch.height; y++) {
    for (let x = 0; x < patch.width; x++) field[(y + r) * width + x + r] = patch.alpha[y * patch.width + x];
  }
  // Two passes of a box each way are close to a Gaussian and cost the same for any radius.
  for (let y = 0; y < height; y++) boxBlur(field, y * width, 1, width, r);
  for (let x = 0; x < width; x++) boxBlur(field, x, width, height, r);
  for (let y = 0; y < height; y++) {
    const row = y + place.y - r + shadow.dy;
    if (row < 0 || row >= canvas.height) continue;
    for (let x = 0; x < width; x++) {
      const column = x + place.x - r + shadow.dx;
      if (column < 0 || column >= canvas.width) continue;
      const keep = 1 - (shadow.strength * field[y * width + x]) / 255;
      const o = 3 * (row * canvas.width + column);
      for (let c = 0; c < 3; c++) canvas.rgb[o + c] *= keep;
    }
  }
}

function boxBlur(field: Float32Array, start: number, step: number, count: number, radius: number): void {
  const half = radius >> 1;
  const size = 2 * half + 1;
  const line = new Float32Array(count);
  for (let pass = 0; pass < 2; pass++) {
    let sum = 0;
    for (let i = -half; i < count; i++) {
      if (i + half < count) sum += field[start + (i + half) * step];
      if (i >= 0) {
        line[i] = sum / size;
        if (i >= half) sum -= field[start + (i - half) * step];
      }
    }
    for (let i = 0; i < count; i++) field[start + i * step] = line[i];
  }
}
