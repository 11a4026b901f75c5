import { hashSeed, Random } from '@onebit/common';

/** How much a generated set holds. */
export interface SetSize {
  readonly images: number;
  /** Detections of the whole set, spread evenly over the images. */
  readonly detections: number;
}

/** COCO's validation set of 2017, with the 100 detections an image that detectors report. */
export const val2017: SetSize = { images: 5000, detections: 500_000 };

/** One image with what is in it and what a detector says is in it. All boxes are `[x, y, width, height]` in pixels of the image. */
export interface GeneratedImage {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly GeneratedObject[];
  readonly detections: readonly GeneratedDetection[];
}

interface GeneratedObject {
  readonly category: number;
  readonly box: Box;
  readonly crowd: boolean;
}

interface GeneratedDetection {
  readonly category: number;
  readonly box: Box;
  readonly score: number;
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** COCO's 80 categories have the ids 1 to 90 without these. */
const gaps = new Set([12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);
export const categoryIds: readonly number[] = Array.from({ length: 90 }, (_, i) => i + 1).filter((id) => !gaps.has(id));

/** Sizes that are frequent in COCO. */
const imageSizes = [
  [640, 480],
  [640, 480],
  [480, 640],
  [640, 427],
  [500, 375],
] as const;
/** val2017: 36,781 objects in 5,000 images. */
const meanObjects = 7.3;
const mostObjects = 60;
const crowdShare = 0.01;
/** Detections that stand for an object, of these the ones with its category; the others are background of any category. */
const foundShare = 0.45;
const rightShare = 0.85;

/**
 * The images of a set, in order of their ids. The same for the same arguments; what an image shows does not depend on how many there are.
 * Images are crowded like COCO's: a few categories each, frequent ones more often, small objects more than large ones; an object has several detections, more or
 * less off, the better ones with higher scores.
 */
export function* generatedImages({ images, detections }: SetSize): Generator<GeneratedImage> {
  for (let i = 0; i < images; i++) {
    const random = new Random(hashSeed('bench eval', i));
    const [width, height] = random.pick(imageSizes);
    const objects = drawObjects(random, width, height);
    const count = Math.floor(((i + 1) * detections) / images) - Math.floor((i * detections) / images);
    yield {
      id: 1000 + 7 * i,
      width,
      height,
      objects,
      detections: Array.from({ length: count }, () => drawDetection(random, objects, width, height)),
    };
  }
}

function drawObjects(random: Random, width: number, height: number): GeneratedObject[] {
  const categories = Array.from({ length: 1 + random.int(4) }, () => drawCategory(random));
  const count = Math.min(mostObjects, Math.floor(-Math.log(1 - random.next()) * (meanObjects + 0.5)));
  return Array.from({ length: count }, () => ({
    category: random.pick(categories),
    box: drawBox(random, width, height),
    crowd: random.chance(crowdShare),
  }));
}

/** The first categories of the list are the frequent ones, as in COCO. */
function drawCategory(random: Random): number {
  return categoryIds[Math.floor(categoryIds.length * random.next() ** 1.7)];
}

function drawBox(random: Random, width: number, height: number): Box {
  const side = Math.exp(random.uniform(Math.log(8), Math.log(400)));
  const stretch = Math.exp(random.normal(0, 0.35));
  const w = Math.min(side * stretch, width - 2);
  const h = Math.min(side / stretch, height - 2);
  return [hundredths(random.uniform(0, width - w)), hundredths(random.uniform(0, height - h)), ceil(w), ceil(h)];
}

function drawDetection(
  random: Random,
  objects: readonly GeneratedObject[],
  width: number,
  height: number,
): GeneratedDetection {
  if (objects.length === 0 || !random.chance(foundShare)) {
    return {
      category: drawCategory(random),
      box: drawBox(random, width, height),
      score: fourDigits(0.05 + 0.6 * random.next() ** 3),
    };
  }
  const object = random.pick(objects);
  const deviation = random.uniform(0.01, 0.25);
  const [x, y, w, h] = object.box;
  const off = (extent: number) => extent * random.normal(0, deviation);
  const box: Box = [
    hundredths(x + off(w)),
    hundredths(y + off(h)),
    ceil(w * Math.exp(off(1))),
    ceil(h * Math.exp(off(1))),
  ];
  const category = random.chance(rightShare) ? object.category : drawCategory(random);
  return { category, box, score: fourDigits(0.9 - 2.5 * deviation + random.normal(0, 0.15)) };
}

function hundredths(value: number): number {
  return Math.round(100 * value) / 100;
}

/** Never 0: a box covers something. */
function ceil(extent: number): number {
  return Math.ceil(100 * extent) / 100;
}

/** Detectors' files hold scores of four or so digits, hence ties. */
function fourDigits(score: number): number {
  return Math.round(1e4 * Math.min(Math.max(score, 0.01), 0.9999)) / 1e4;
}
