import { hashSeed, Random } from '@onebit/common';
import type { Drawing, PartArt } from './art.js';
import { paintBackground, randomColour } from './background.js';
import { type Camera, expose, randomCamera } from './camera.js';
import { type Canvas, castShadow, covered, type Place, paint } from './canvas.js';
import type { CutOutCache } from './cut-outs.js';
import { type Labelled, labelScene, type Painted } from './labels.js';
import type { ArtSetup, ImageSize } from './options.js';
import { type Look, makePatch, type Patch } from './patch.js';
import { type GeneratedPart, partStyles } from './styles.js';

/** A finished scene: the picture as the camera sees it, and labels from the visible pixels. */
export interface Scene extends Labelled {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly rgb: Uint8Array;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
}

/** Mostly small pictures, some of VOC's own size. */
const mixedSizes: readonly ImageSize[] = [
  ...Array<ImageSize>(3).fill([320, 240]),
  ...Array<ImageSize>(2).fill([240, 320]),
  ...Array<ImageSize>(3).fill([300, 300]),
  [500, 375],
];
/** Chances of 1 to 8 objects; the mean is 2.5 (2.6 was counted in 80 pictures of VOC 2012). */
const objectCounts = [0.36, 0.25, 0.16, 0.1, 0.06, 0.035, 0.02, 0.015];
/** Classes that often stand together: after one of them the next object is the other with this chance. */
const pairs: Readonly<Record<string, string>> = {
  chair: 'diningtable',
  diningtable: 'chair',
  person: 'bicycle',
  bicycle: 'person',
  sofa: 'tvmonitor',
  tvmonitor: 'sofa',
};
const pairChance = 0.3;
const personShare = 0.3;
const closeShare = 0.1;
const crowdShare = 0.03;
const distractorShare = 0.5;
/** An earlier object must keep this share of its pixels; otherwise another place is tried, this often. */
const keptShare = 0.25;
const placeTries = 20;
/** Up to this share of an object may hang over the edge, in this share of the objects. */
const overhang = 0.25;
const overhangChance = 0.3;
/** Smaller than this, even at its least size in a small picture, nothing can be told apart. */
const leastSide = 12;

/** Composes scene `index` of a part: everything in it follows from (seed, part, index), whatever else is made, and by whom. */
export async function composeScene(
  setup: ArtSetup,
  part: GeneratedPart,
  art: PartArt,
  index: number,
  cache: CutOutCache,
): Promise<Scene> {
  const random = new Random(hashSeed(setup.seed, 'scene', part, index));
  const [width, height] = setup.imageSize === 'mixed' ? random.pick(mixedSizes) : setup.imageSize;
  const horizon = height * random.uniform(0.3, 0.65);
  const camera = randomCamera(random);
  const rgb = paintBackground(random, random.pick(partStyles[part].textures), width, height, horizon);
  const stage: Stage = {
    setup,
    random,
    canvas: { width, height, rgb, owner: new Uint8Array(width * height) },
    horizon,
    camera,
    cache,
    painted: [],
    unit: Math.max(width, height) / 320,
  };
  if (random.chance(distractorShare)) await paintDistractors(stage, art.distractors);
  if (random.chance(crowdShare)) await paintCrowd(stage, art);
  const wanted = chooseObjects(stage, art);
  for (const object of wanted) await addObject(stage, object);
  const labelled = labelScene(stage.canvas, stage.painted);
  expose(rgb, width, height, camera, random);
  return { ...labelled, width, height, rgb, quality: camera.quality };
}

interface Stage {
  readonly setup: ArtSetup;
  readonly random: Random;
  readonly canvas: Canvas;
  readonly horizon: number;
  readonly camera: Camera;
  readonly cache: CutOutCache;
  readonly painted: Painted[];
  /** Pixels of this picture for one pixel of a picture with a longer side of 320. */
  readonly unit: number;
}

interface Wanted {
  readonly label: number;
  readonly drawing: Drawing;
  readonly look: Look;
  /** 0 for the least size, 1 for the greatest: how near it stands. */
  readonly near: number;
}

/** Classes, drawings and sizes, smallest (farthest) first. */
function chooseObjects({ setup, random, unit }: Stage, art: PartArt): Wanted[] {
  const { classes, sizes } = setup;
  const count = drawCount(random, setup.objectsPerScene);
  const labels: number[] = [];
  while (labels.length < count) {
    const mate = labels.length > 0 ? classes.indexOf(pairs[classes[labels[labels.length - 1]]]) : -1;
    labels.push(mate >= 0 && random.chance(pairChance) ? mate : drawLabel(random, setup));
  }
  return labels
    .map((label): Wanted => {
      const near = random.next();
      const size = Math.max(leastSide, unit * sizes[0] * (sizes[1] / sizes[0]) ** near);
      const drawing = pickDrawing(random, art.classes[label]);
      return { label, drawing, look: randomLook(random, size, near, drawing.tinted), near };
    })
    .sort((a, b) => a.look.size - b.look.size);
}

function drawCount(random: Random, [least, greatest]: readonly [number, number]): number {
  const weights = objectCounts.slice(least - 1, greatest);
  let at = random.next() * weights.reduce((a, b) => a + b);
  for (let i = 0; i < weights.length; i++) {
    at -= weights[i];
    if (at < 0) return least + i;
  }
  return greatest;
}

function drawLabel(random: Random, { classes, classFrequency }: ArtSetup): number {
  const person = classes.indexOf('person');
  if (classFrequency === 'even' || person < 0 || classes.length === 1) return random.int(classes.length);
  if (random.chance(personShare)) return person;
  const other = random.int(classes.length - 1);
  return other < person ? other : other + 1;
}

/** Style first, then the drawing: a set with many drawings of a class does not push the others aside. */
function pickDrawing(random: Random, styles: readonly (readonly Drawing[])[]): Drawing {
  const drawings = random.pick(styles);
  const close = drawings.filter((drawing) => drawing.close);
  const whole = drawings.filter((drawing) => !drawing.close);
  if (close.length === 0 || whole.length === 0) return random.pick(drawings);
  return random.pick(random.chance(closeShare) ? close : whole);
}

function randomLook(random: Random, size: number, near: number, tinted: boolean): Look {
  const degrees = Math.PI / 180;
  return {
    size,
    flip: random.chance(0.5),
    angle: degrees * (random.chance(0.75) ? random.uniform(-8, 8) : random.uniform(-20, 20)),
    shear: random.uniform(-0.12, 0.12),
    stretch: Math.exp(random.uniform(Math.log(0.8), Math.log(1.25))),
    hue: degrees * random.uniform(-15, 15),
    brightness: Math.exp(random.uniform(Math.log(0.6), Math.log(1.4))),
    contrast: random.uniform(0.75, 1.2),
    soften: near < 0.35 && random.chance(0.5) ? 1 : 0,
    ...(tinted ? { tint: randomColour(random) } : {}),
  };
}

/** Where the lower edge stands follows from the size: near the horizon when far, at the picture's foot when near. */
function drawPlace({ random, canvas, horizon }: Stage, patch: Patch, near: number): Place {
  const slack = random.chance(overhangChance) ? overhang : 0;
  const clamp = (value: number, size: number, room: number) =>
    Math.round(Math.min(Math.max(value, -slack * size), Math.max(room - size, 0) + slack * size));
  const x = random.uniform(-slack * patch.width, canvas.width - (1 - slack) * patch.width);
  const ground = horizon + (canvas.height - horizon) * Math.min(1, near + random.normal(0.08, 0.15));
  const foot = random.chance(0.15) ? random.uniform(patch.height, canvas.height) : ground; // some fly, hang or stand on something
  return { x: clamp(x, patch.width, canvas.width), y: clamp(foot - patch.height, patch.height, canvas.height) };
}

async function addObject(stage: Stage, { label, drawing, look, near }: Wanted): Promise<void> {
  const { canvas, painted, random } = stage;
  const patch = makePatch(await stage.cache.get(drawing), fitting(look, stage.canvas));
  const owner = painted.length + 1;
  if (patch.area === 0) return;
  const left = visibleCounts(canvas, painted.length);
  for (let attempt = 0; attempt < placeTries; attempt++) {
    const place = drawPlace(stage, patch, near);
    const taken = covered(canvas, patch, place, painted.length);
    if (painted.some(({ inside }, i) => left[i + 1] - taken[i + 1] < keptShare * inside)) continue;
    if (random.chance(0.6)) shade(stage, patch, place);
    const inside = paint(canvas, patch, place, owner);
    painted.push({ label, source: drawing.key, area: patch.area, inside, crowd: false });
    return;
  }
}

/** No object may be larger than the picture, whatever the size range: it would only be a texture. */
function fitting(look: Look, { width, height }: Canvas): Look {
  return { ...look, size: Math.min(look.size, 1.05 * Math.min(width, height)) };
}

function visibleCounts({ owner }: Canvas, owners: number): Uint32Array {
  const counts = new Uint32Array(owners + 1);
  for (let i = 0; i < owner.length; i++) counts[owner[i]]++;
  return counts;
}

function shade({ canvas, random, camera }: Stage, patch: Patch, place: Place): void {
  const size = Math.max(patch.width, patch.height);
  const reach = size * random.uniform(0.02, 0.1);
  const strength = random.uniform(0.2, 0.5);
  const tilt = Math.hypot(...camera.light) || 1;
  castShadow(canvas, patch, place, {
    // Away from the light, and always a little down: shadows lie on the ground.
    dx: Math.round((-camera.light[0] / tilt) * reach),
    dy: Math.round(0.5 * reach),
    radius: Math.max(1, Math.round(0.06 * size)),
    strength,
  });
}

/** Blurred things of no class, behind everything. */
async function paintDistractors(stage: Stage, drawings: readonly Drawing[]): Promise<void> {
  const { random, canvas, unit } = stage;
  if (drawings.length === 0) return;
  for (let n = 2 + random.int(5); n > 0; n--) {
    const drawing = random.pick(drawings);
    const size = unit * random.uniform(30, 140);
    const look = { ...randomLook(random, size, 1, drawing.tinted), soften: 1 + random.int(2) };
    const patch = makePatch(await stage.cache.get(drawing), look);
    const place = {
      x: Math.round(random.uniform(-0.3 * patch.width, canvas.width - 0.7 * patch.width)),
      y: Math.round(random.uniform(-0.3 * patch.height, canvas.height - 0.7 * patch.height)),
    };
    paint(canvas, patch, place, 0);
  }
}

/** A row of ten or more small copies of one drawing: a single region, COCO's `iscrowd`. */
async function paintCrowd(stage: Stage, art: PartArt): Promise<void> {
  const { random, canvas, painted, setup } = stage;
  const label = drawLabel(random, setup);
  const drawing = pickDrawing(random, art.classes[label]);
  const cutOut = await stage.cache.get(drawing);
  const copies = 10 + random.int(7);
  const step = (canvas.width * random.uniform(0.7, 0.95)) / copies;
  const size = Math.max(8, step * random.uniform(1, 1.5));
  const start = random.uniform(0, canvas.width - step * copies);
  const foot = Math.max(size, stage.horizon + random.uniform(0, 0.15) * canvas.height);
  let area = 0;
  let inside = 0;
  for (let i = 0; i < copies; i++) {
    const patch = makePatch(cutOut, randomLook(random, size * random.uniform(0.85, 1.15), 0.5, drawing.tinted));
    const place = {
      x: Math.round(start + i * step),
      y: Math.round(foot - patch.height + random.normal(0, 0.08 * size)),
    };
    const seen = paint(canvas, patch, place, painted.length + 1);
    area += patch.area - seen;
    inside += seen;
  }
  // Copies overlap: what the region holds is what the map says, and what hangs over the edge comes on top.
  const region = visibleCounts(canvas, painted.length + 1)[painted.length + 1];
  painted.push({ label, source: drawing.key, area: area + region, inside: Math.min(inside, region), crowd: true });
}
