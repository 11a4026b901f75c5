import type { Random } from '@onebit/common';
import type { Colour } from './background.js';

/** Light and camera of a scene; they touch the picture only, never the labels. */
export interface Camera {
  /** Slope of the light over the picture, share of brightness from centre to edge, along x and y. */
  readonly light: readonly [number, number];
  /** Darkening in the corners, 0 to 1. */
  readonly vignette: number;
  /** Gains of red, green, blue. */
  readonly balance: Colour;
  readonly gamma: number;
  /** Standard deviation of the sensor's noise, grey levels. */
  readonly noise: number;
  /** Standard deviation of the blur, pixels. */
  readonly blur: number;
  /** JPEG quality, 60 to 95. */
  readonly quality: number;
}

export function randomCamera(random: Random): Camera {
  const direction = random.uniform(0, 2 * Math.PI);
  const strength = random.uniform(0, 0.3);
  return {
    light: [strength * Math.cos(direction), strength * Math.sin(direction)],
    vignette: random.chance(0.5) ? random.uniform(0, 0.35) : 0,
    balance: [random.uniform(0.88, 1.12), random.uniform(0.94, 1.06), random.uniform(0.88, 1.12)],
    // Even in the logarithm, so that brightening and darkening are as likely.
    gamma: Math.exp(random.uniform(Math.log(0.7), Math.log(1.4))),
    noise: random.uniform(2, 10),
    blur: random.uniform(0, 1.2),
    quality: 60 + random.int(36),
  };
}

/** Applies light, white balance, gamma, blur and noise to [height, width, 3], in place. */
export function expose(rgb: Uint8Array, width: number, height: number, camera: Camera, random: Random): void {
  if (camera.blur >= 0.3) blur(rgb, width, height, camera.blur); // below that the kernel is one tap
  const curves = camera.balance.map((gain) => {
    // 0 to 2 times white, since light and balance may brighten beyond it.
    const curve = new Float32Array(512);
    for (let v = 0; v < 512; v++) curve[v] = 255 * (Math.min(255, v * gain) / 255) ** camera.gamma;
    return curve;
  });
  const normals = noiseTable(random, camera.noise);
  let state = random.uint32() | 1;
  for (let y = 0, o = 0; y < height; y++) {
    const v = (2 * y) / height - 1;
    for (let x = 0; x < width; x++) {
      const u = (2 * x) / width - 1;
      const light = (1 + camera.light[0] * u + camera.light[1] * v) * (1 - camera.vignette * 0.5 * (u * u + v * v));
      for (let c = 0; c < 3; c++, o++) {
        // xorshift32 (Marsaglia 2003): one table index a sample; the seed is the scene's.
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const value = curves[c][Math.min(511, rgb[o] * light) | 0] + normals[state & 4095];
        rgb[o] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      }
    }
  }
}

function noiseTable(random: Random, deviation: number): Float32Array {
  const table = new Float32Array(4096);
  for (let i = 0; i < table.length; i++) table[i] = random.normal(0, deviation);
  return table;
}

/** Taps on each side of the blur's middle: beyond 2.5 deviations of the strongest blur. */
const blurRadius = 3;

/** Gaussian blur, rows then columns, borders repeated; in place. */
function blur(rgb: Uint8Array, width: number, height: number, deviation: number): void {
  const kernel = Array.from({ length: blurRadius + 1 }, (_, k) => Math.exp(-(k ** 2) / (2 * deviation ** 2)));
  const sum = kernel.reduce((a, b) => a + 2 * b); // the middle tap comes first and once, the others twice
  const weights = kernel.map((w) => w / sum);
  const stride = 3 * width;
  const rows = new Float32Array(rgb.length);
  const line = new Float32Array(stride + 6 * blurRadius);
  for (let y = 0; y < height; y++) {
    for (let x = -blurRadius, o = 0; x < width + blurRadius; x++, o += 3) {
      const i = y * stride + 3 * Math.min(width - 1, Math.max(0, x));
      line[o] = rgb[i];
      line[o + 1] = rgb[i + 1];
      line[o + 2] = rgb[i + 2];
    }
    weigh(rows, y * stride, stride, line, [0, 3, 6, 9, 12, 15, 18], weights);
  }
  for (let y = 0; y < height; y++) {
    const starts = Array.from(
      { length: 2 * blurRadius + 1 },
      (_, k) => stride * Math.min(height - 1, Math.max(0, y + k - blurRadius)),
    );
    weigh(rgb, y * stride, stride, rows, starts, weights);
  }
}

/** One line of the blur: the seven taps start at the given places. Written out, because it is the dearest loop of a scene. */
function weigh(
  to: Uint8Array | Float32Array,
  at: number,
  count: number,
  from: Float32Array,
  [a, b, c, d, e, f, g]: readonly number[],
  [w0, w1, w2, w3]: readonly number[],
): void {
  for (let i = 0; i < count; i++) {
    to[at + i] =
      w0 * from[d + i] +
      w1 * (from[c + i] + from[e + i]) +
      w2 * (from[b + i] + from[f + i]) +
      w3 * (from[a + i] + from[g + i]);
  }
}
