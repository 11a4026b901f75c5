import { hashSeed, type Random } from '@onebit/common';
import type { TextureKind } from './styles.js';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A texture gives, for a pixel, how much of the second colour shows, 0 to 1. */
type Texture = (x: number, y: number) => number;

/** Any colour, of any strength: what stands behind an object must say nothing about its class. */
export function randomColour(random: Random): Colour {
  const hue = random.uniform(0, 6);
  const saturation = random.uniform(0, 0.8);
  const value = random.uniform(40, 250);
  const channel = (n: number) => {
    const k = (n + hue) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

/**
 * Fills a canvas [height, width, 3]: two colours mixed by two or three octaves of value noise, with a texture of the given kind in a third
 * colour over it. `horizon` is the row, in pixels, where ground and sky meet in that kind.
 */
export function paintBackground(
  random: Random,
  kind: TextureKind,
  width: number,
  height: number,
  horizon: number,
): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  const [a, b, c] = [randomColour(random), randomColour(random), randomColour(random)];
  const noise = valueNoise(random, Math.max(width, height));
  const texture = makeTexture(random, kind, width, height, horizon, noise);
  const strength = kind === 'gradient' || kind === 'horizon' ? 1 : random.uniform(0.35, 0.95);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const n = noise(x, y);
      const t = strength * texture(x, y);
      for (let k = 0; k < 3; k++, o++) {
        const base = a[k] + (b[k] - a[k]) * n;
        rgb[o] = base + (c[k] - base) * t;
      }
    }
  }
  return rgb;
}

/** Two or three octaves of value noise, halving in size and strength, 0 to 1. */
function valueNoise(random: Random, size: number): Texture {
  const octaves = 2 + random.int(2);
  const cell = size / random.uniform(2, 7);
  const seeds = Array.from({ length: octaves }, () => random.uint32());
  let total = 0;
  for (let k = 0; k < octaves; k++) total += 0.5 ** k;
  const lattices = seeds.map((seed, k) => lattice(seed, cell / 2 ** k, size));
  // The noise is smooth, so every second pixel each way is enough.
  const half = (size >> 1) + 1;
  const field = new Float32Array(half * half);
  for (let y = 0, i = 0; y < half; y++) {
    for (let x = 0; x < half; x++, i++) {
      let sum = 0;
      for (let k = 0; k < octaves; k++) sum += 0.5 ** k * lattices[k](2 * x, 2 * y);
      field[i] = sum / total;
    }
  }
  return (x, y) => field[(y >> 1) * half + (x >> 1)];
}

function lattice(seed: number, cell: number, size: number): Texture {
  const across = Math.ceil((size + 1) / cell) + 2;
  const values = new Float32Array(across * across);
  for (let i = 0; i < values.length; i++) values[i] = hashSeed(seed, i) / 2 ** 32;
  return (x, y) => {
    const u = x / cell;
    const v = y / cell;
    const i = Math.floor(u);
    const j = Math.floor(v);
    const p = smooth(u - i);
    const at = j * across + i;
    const top = values[at] + (values[at + 1] - values[at]) * p;
    const low = values[at + across] + (values[at + across + 1] - values[at + across]) * p;
    return top + (low - top) * smooth(v - j);
  };
}

const smooth = (t: number) => t * t * (3 - 2 * t);
/** Soft step of about one pixel, so that textures have the edges of a photograph, not of a plotter. */
const edge = (distance: number) => Math.min(1, Math.max(0, distance + 0.5));
const wrap = (value: number, period: number) => value - period * Math.floor(value / period);

function makeTexture(
  random: Random,
  kind: TextureKind,
  width: number,
  height: number,
  horizon: number,
  noise: Texture,
): Texture {
  const size = Math.max(width, height);
  const period = size * random.uniform(0.04, 0.16);
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned =
    (texture: Texture): Texture =>
    (x, y) =>
      texture(x * cos + y * sin, y * cos - x * sin);
  switch (kind) {
    case 'gradient':
      return (x, y) => Math.min(1, Math.max(0, 0.5 + ((x - width / 2) * cos + (y - height / 2) * sin) / size));
    case 'horizon':
      // Sky pales towards the horizon; the ground keeps the noise, squeezed as in perspective.
      return (x, y) =>
        y < horizon ? 1 - 0.5 * (y / Math.max(1, horizon)) : 0.25 * noise(x, Math.min(size, 3 * (y - horizon)));
    case 'stripes': {
      const share = random.uniform(0.25, 0.75);
      return turned((x) => {
        const at = wrap(x, period);
        return Math.min(edge(at), edge(period * share - at));
      });
    }
    case 'checks':
      return turned((x, y) => (Math.floor(x / period) + Math.floor(y / period)) & 1);
    case 'dots': {
      const radius = period * random.uniform(0.15, 0.4);
      return turned((x, y) => edge(radius - Math.hypot(wrap(x, period) - period / 2, wrap(y, period) - period / 2)));
    }
    case 'bricks':
      return bricks(period, random.uniform(1.6, 3), size * random.uniform(0.004, 0.012));
    case 'cells':
      return cells(random.uint32(), 1.5 * period, size * random.uniform(0.004, 0.015));
    case 'waves': {
      const swing = period * random.uniform(0.2, 0.6);
      const length = period * random.uniform(2, 5);
      return turned(
        (x, y) => 0.5 + 0.5 * Math.sin((2 * Math.PI * (y + swing * Math.sin((2 * Math.PI * x) / length))) / period),
      );
    }
  }
}

function bricks(rowHeight: number, aspect: number, joint: number): Texture {
  const length = rowHeight * aspect;
  return (x, y) => {
    const row = Math.floor(y / rowHeight);
    const inX = wrap(x + (row & 1) * (length / 2), length);
    const inY = wrap(y, rowHeight);
    const shade = 0.3 * (hashSeed(row, Math.floor((x + (row & 1) * (length / 2)) / length)) / 2 ** 32);
    return Math.max(shade, edge(joint - Math.min(inX, length - inX)), edge(joint - Math.min(inY, rowHeight - inY)));
  };
}

/** Borders of the Voronoi cells of one jittered point a square. */
function cells(seed: number, cell: number, line: number): Texture {
  const points = new Map<number, readonly [number, number]>();
  const point = (i: number, j: number): readonly [number, number] => {
    const key = i * 4096 + j;
    let known = points.get(key);
    if (known === undefined) {
      const h = hashSeed(seed, i, j);
      known = [(i + (h & 0xffff) / 65536) * cell, (j + (h >>> 16) / 65536) * cell];
      points.set(key, known);
    }
    return known;
  };
  return (x, y) => {
    const i = Math.floor(x / cell);
    const j = Math.floor(y / cell);
    let first = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let di = -1; di <= 1; di++) {
      for (let dj = -1; dj <= 1; dj++) {
        const [px, py] = point(i + di, j + dj);
        const distance = Math.hypot(px - x, py - y);
        if (distance < first) {
          second = first;
          first = distance;
        } else if (distance < second) second = distance;
      }
    }
    return edge(line - (second - first) / 2);
  };
}
