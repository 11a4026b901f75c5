import { hashSeed, Random } from '@onebit/common';
import { type Colour, randomColour } from './background.js';
import { type Canvas, covered, paint } from './canvas.js';
import type { Scene } from './compose.js';
import { labelScene, type Painted } from './labels.js';
import type { ShapesSetup } from './options.js';
import { type Patch, solidAlpha } from './patch.js';

/** Signed distance to a shape's edge, positive inside, for a point of the square [-1, 1] x [-1, 1]. */
const shapes: readonly ((x: number, y: number) => number)[] = [
  (x, y) => 1 - Math.hypot(x, y),
  (x, y) => 1 - Math.max(Math.abs(x), Math.abs(y)),
  // Apex up: the two slanted sides of the triangle (-1, 1), (1, 1), (0, -1), and its foot.
  (x, y) => Math.min((y + 1 - 2 * Math.abs(x)) / Math.sqrt(5), 1 - y),
];
/** Least distance between ground and shape, grey levels over all channels: every shape can be seen. */
const leastContrast = 120;

/** Circles, squares and triangles on plain ground, none covering another: the set for tests, learnt in seconds. */
export function composeShapes(setup: ShapesSetup, part: string, index: number): Scene {
  const random = new Random(hashSeed(setup.seed, 'shapes', part, index));
  const [width, height] = setup.imageSize;
  const ground = randomColour(random);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = ground[i % 3];
  const canvas: Canvas = { width, height, rgb, owner: new Uint8Array(width * height) };
  const [least, greatest] = setup.objectsPerScene;
  const painted: Painted[] = [];
  for (let n = least + random.int(greatest - least + 1); n > 0; n--) addShape(random, canvas, ground, painted);
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.min(255, Math.max(0, rgb[i] + random.normal(0, 3)));
  return { ...labelScene(canvas, painted), width, height, rgb, quality: 92 };
}

function addShape(random: Random, canvas: Canvas, ground: Colour, painted: Painted[]): void {
  const side = Math.min(canvas.width, canvas.height);
  const label = random.int(shapes.length);
  const size = Math.round(side * random.uniform(0.22, 0.5));
  const patch = shapePatch(shapes[label], size, contrasting(random, ground));
  for (let attempt = 0; attempt < 20; attempt++) {
    const place = { x: random.int(canvas.width - size + 1), y: random.int(canvas.height - size + 1) };
    const taken = covered(canvas, patch, place, painted.length);
    if (taken.subarray(1).some((pixels) => pixels > 0)) continue;
    const inside = paint(canvas, patch, place, painted.length + 1);
    painted.push({ label, source: 'shapes', area: patch.area, inside, crowd: false });
    return;
  }
}

function contrasting(random: Random, ground: Colour): Colour {
  for (;;) {
    const colour = randomColour(random);
    if (colour.reduce((sum, value, c) => sum + Math.abs(value - ground[c]), 0) >= leastContrast) return colour;
  }
}

function shapePatch(shape: (x: number, y: number) => number, size: number, colour: Colour): Patch {
  const rgb = new Uint8Array(size * size * 3);
  const alpha = new Uint8Array(size * size);
  let area = 0;
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      const distance = (shape((2 * x + 1) / size - 1, (2 * y + 1) / size - 1) * size) / 2;
      alpha[i] = 255 * Math.min(1, Math.max(0, distance + 0.5));
      rgb.set(colour, 3 * i);
      if (alpha[i] >= solidAlpha) area++;
    }
  }
  return { width: size, height: size, rgb, alpha, area };
}
