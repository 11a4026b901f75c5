import type { Canvas } from './canvas.js';

/** What the composer knows of an object it painted; its number in the map is its index + 1. */
export interface Painted {
  /** 0-based index into the set's classes. */
  readonly label: number;
  /** Key of the drawing. */
  readonly source: string;
  /** Solid pixels of the whole object, also outside the picture and behind others. */
  readonly area: number;
  /** Solid pixels inside the picture when it was painted. */
  readonly inside: number;
  readonly crowd: boolean;
}

/** A label made from the visible pixels. */
export interface SceneObject {
  readonly label: number;
  readonly source: string;
  /** Tight hull of the visible pixels: [x1, y1, x2, y2], 0-based, half open. */
  readonly box: readonly [number, number, number, number];
  /** Number of visible pixels. */
  readonly visible: number;
  readonly truncated: boolean;
  readonly occluded: boolean;
  readonly difficult: boolean;
  readonly crowd: boolean;
}

export interface Labelled {
  readonly objects: readonly SceneObject[];
  /** [height, width]: index of the object + 1, 255 where what is seen of an object is too little for a label. */
  readonly objectMap: Uint8Array;
}

/** Value of pixels that count for nothing, in class and object masks. */
const voidLabel = 255;

/** Below these an object gets no label: share of its pixels, and number of pixels, that can be seen. */
const leastShare = 0.1;
const leastPixels = 20;
/** An object is occluded below this visible share of what lies inside the picture. */
const clearShare = 0.95;
/** An object is difficult below this visible share, or with a box whose longer side is below this many pixels. */
const easyShare = 0.3;
const easySide = 12;

/** Numbers the objects that can be seen well enough, in the order they were painted, and measures them in the map. */
export function labelScene(canvas: Canvas, painted: readonly Painted[]): Labelled {
  const { width, height, owner } = canvas;
  const hulls = painted.map(() => ({ x1: width, y1: height, x2: 0, y2: 0, visible: 0 }));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (owner[i] === 0) continue;
      const hull = hulls[owner[i] - 1];
      hull.visible++;
      if (x < hull.x1) hull.x1 = x;
      if (x >= hull.x2) hull.x2 = x + 1;
      if (y < hull.y1) hull.y1 = y;
      hull.y2 = y + 1;
    }
  }
  const renumber = new Uint8Array(painted.length + 1);
  const objects: SceneObject[] = [];
  painted.forEach((item, index) => {
    const { x1, y1, x2, y2, visible } = hulls[index];
    const share = visible / Math.max(1, item.area);
    if (visible < leastPixels || share < leastShare) {
      renumber[index + 1] = voidLabel;
      return;
    }
    objects.push({
      label: item.label,
      source: item.source,
      box: [x1, y1, x2, y2],
      visible,
      truncated: item.inside < item.area,
      occluded: visible < clearShare * item.inside,
      // VOC has no crowds; `difficult` is what its scoring leaves out, so a crowd is one.
      difficult: item.crowd || share < easyShare || Math.max(x2 - x1, y2 - y1) < easySide,
      crowd: item.crowd,
    });
    renumber[index + 1] = objects.length;
  });
  return { objects, objectMap: owner.map((number) => renumber[number]) };
}

/**
 * The masks as VOC stores them, [height, width] each: object numbers and class indices (label + 1), with a void band of two pixels, one on
 * each side of every border. Objects too thin to keep an inner pixel are void altogether, as in VOC.
 */
export function vocMasks(
  { objects, objectMap }: Labelled,
  width: number,
  height: number,
): { objectMask: Uint8Array; classMask: Uint8Array } {
  const objectMask = objectMap.slice();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const own = objectMap[i];
      const border =
        (x > 0 && objectMap[i - 1] !== own) ||
        (x + 1 < width && objectMap[i + 1] !== own) ||
        (y > 0 && objectMap[i - width] !== own) ||
        (y + 1 < height && objectMap[i + width] !== own);
      if (border) objectMask[i] = voidLabel;
    }
  }
  const classMask = objectMask.map((n) => (n === 0 || n === voidLabel ? n : objects[n - 1].label + 1));
  return { objectMask, classMask };
}
