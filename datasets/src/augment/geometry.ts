import type { Box } from '../types.js';
import type { Draws } from './draws.js';

/** The rectangle of the plane around a picture that becomes the output: picture pixels, whole numbers, partly outside the picture perhaps. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Left and right change places. */
  readonly mirrored: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

type Rectangle = Omit<View, 'mirrored'>;

/** How a variant of SSD's geometry differs. */
export interface GeometryRules {
  /** Crops to choose from: the whole image, or one that overlaps an object with at least this IoU (0: any crop). */
  readonly crops: readonly ('whole' | number)[];
  /** False reproduces the official code, which draws an overlap and then ignores it. */
  readonly respectsOverlap: boolean;
  /** Where crops may start, in pixels. The official code draws between 1 and the far end by a slip. */
  readonly firstOffset: 0 | 1;
  /** Largest factor by which the canvas exceeds the picture. */
  readonly maxExpand: number;
  /** Smallest side of a crop as a part of the canvas' side. */
  readonly minCrop: number;
}

/** The official code (defect D12 and all): 0.5 is missing among the overlaps, none has an effect, offsets start at 1. */
export const officialGeometry: GeometryRules = {
  crops: ['whole', 0.1, 0.3, 0.7, 0.9, 0],
  respectsOverlap: false,
  firstOffset: 1,
  maxExpand: 4,
  minCrop: 0.3,
};

/** As published: Liu et al. 2016, arXiv 1512.02325, section 2.2; overlap with the best object, as in the authors' own implementation. */
export const correctedGeometry: GeometryRules = {
  crops: ['whole', 0.1, 0.3, 0.5, 0.7, 0.9, 0],
  respectsOverlap: true,
  firstOffset: 0,
  maxExpand: 4,
  minCrop: 0.3,
};

/** Tries of one kind of crop before another kind is drawn. */
const cropTries = 50;

/** Draws expand, crop and mirror for a picture with boxes in its pixels. */
export function drawView(draws: Draws, picture: Size, boxes: readonly Box[], rules: GeometryRules): View {
  const canvas = drawExpand(draws, picture, rules.maxExpand);
  const placed = boxes.map(
    ([x1, y1, x2, y2]): Box => [x1 + canvas.left, y1 + canvas.top, x2 + canvas.left, y2 + canvas.top],
  );
  const crop = drawCrop(draws, canvas, placed, rules);
  const mirrored = draws.integer(2) === 1;
  return {
    left: crop.left - canvas.left,
    top: crop.top - canvas.top,
    right: crop.right - canvas.left,
    bottom: crop.bottom - canvas.top,
    mirrored,
  };
}

/** With probability 1/2 a larger canvas; `left` and `top` say where the picture lies on it. */
function drawExpand(draws: Draws, { width, height }: Size, maxExpand: number) {
  if (draws.integer(2)) return { width, height, left: 0, top: 0 };
  const ratio = draws.uniform(1, maxExpand);
  const left = draws.uniform(0, width * ratio - width);
  const top = draws.uniform(0, height * ratio - height);
  return {
    width: Math.trunc(width * ratio),
    height: Math.trunc(height * ratio),
    left: Math.trunc(left),
    top: Math.trunc(top),
  };
}

function drawCrop(draws: Draws, canvas: Size, boxes: readonly Box[], rules: GeometryRules): Rectangle {
  const whole = { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
  // Without objects no crop would ever be accepted.
  if (boxes.length === 0) return whole;
  for (;;) {
    const kind = rules.crops[draws.integer(rules.crops.length)];
    if (kind === 'whole') return whole;
    for (let i = 0; i < cropTries; i++) {
      const crop = drawRectangle(draws, canvas, rules);
      if (!crop || !boxes.some((box) => isCentreInside(box, crop))) continue;
      if (!rules.respectsOverlap || boxes.some((box) => overlap(box, crop) >= kind)) return crop;
    }
  }
}

/** Undefined when the sides' ratio is out of [1/2, 2]. */
function drawRectangle(draws: Draws, canvas: Size, { minCrop, firstOffset }: GeometryRules): Rectangle | undefined {
  const width = draws.uniform(minCrop * canvas.width, canvas.width);
  const height = draws.uniform(minCrop * canvas.height, canvas.height);
  if (height / width < 0.5 || height / width > 2) return undefined;
  // The official code names one bound of the draw only, and the other is then 1.
  const start = (room: number) => (firstOffset === 1 ? draws.uniform(room, 1) : draws.uniform(0, room));
  const left = start(canvas.width - width);
  const top = start(canvas.height - height);
  const crop = {
    left: Math.trunc(left),
    top: Math.trunc(top),
    right: Math.trunc(left + width),
    bottom: Math.trunc(top + height),
  };
  return crop.right > crop.left && crop.bottom > crop.top ? crop : undefined;
}

/** Strictly inside. */
function isCentreInside([x1, y1, x2, y2]: Box, { left, top, right, bottom }: Rectangle): boolean {
  const x = (x1 + x2) / 2;
  const y = (y1 + y2) / 2;
  return left < x && x < right && top < y && y < bottom;
}

/** Intersection over union. */
function overlap([x1, y1, x2, y2]: Box, { left, top, right, bottom }: Rectangle): number {
  const width = Math.max(0, Math.min(x2, right) - Math.max(x1, left));
  const height = Math.max(0, Math.min(y2, bottom) - Math.max(y1, top));
  const common = width * height;
  return common / ((x2 - x1) * (y2 - y1) + (right - left) * (bottom - top) - common);
}

/**
 * An object's box in a view, relative to it (0 … 1): clipped to the view, mirrored with it; undefined when its centre is not inside.
 */
export function boxInView(box: Box, view: View): Box | undefined {
  if (!isCentreInside(box, view)) return undefined;
  const width = view.right - view.left;
  const height = view.bottom - view.top;
  const [x1, x2] = [box[0], box[2]].map((x) => Math.min(Math.max((x - view.left) / width, 0), 1));
  const [y1, y2] = [box[1], box[3]].map((y) => Math.min(Math.max((y - view.top) / height, 0), 1));
  return view.mirrored ? [1 - x2, y1, 1 - x1, y2] : [x1, y1, x2, y2];
}
