import { areaOf, boxOf } from './measure.js';
import type { Runs } from './runs.js';

/** [x, y, width, height] */
type Box = ArrayLike<number>;

/**
 * Intersection over union of boxes; with a crowd, over the detection's own area. Boxes that only touch give 0.
 * @param dt, gt boxes [x, y, width, height].
 * @param crowd true (1) for a ground truth that is a region of many objects, [G].
 * @returns [D, G], row-major.
 */
export function boxIou(dt: readonly Box[], gt: readonly Box[], crowd: ArrayLike<boolean | number>): Float64Array {
  const ious = new Float64Array(dt.length * gt.length);
  for (let d = 0; d < dt.length; d++) {
    for (let g = 0; g < gt.length; g++) ious[d * gt.length + g] = pairIou(dt[d], gt[g], Boolean(crowd[g]));
  }
  return ious;
}

/** The operations in this order give the last bit of pycocotools. */
function pairIou(d: Box, g: Box, crowd: boolean): number {
  const width = Math.min(d[0] + d[2], g[0] + g[2]) - Math.max(d[0], g[0]);
  if (width <= 0) return 0;
  const height = Math.min(d[1] + d[3], g[1] + g[3]) - Math.max(d[1], g[1]);
  if (height <= 0) return 0;
  const intersection = width * height;
  const union = crowd ? d[2] * d[3] : d[2] * d[3] + g[2] * g[3] - intersection;
  return intersection / union;
}

/**
 * Intersection over union of masks; with a crowd, over the detection's own area. -1 where sizes differ and the tight boxes overlap, as in pycocotools.
 * @param crowd true (1) for a ground truth that is a region of many objects, [G].
 * @returns [D, G], row-major.
 */
export function maskIou(dt: readonly Runs[], gt: readonly Runs[], crowd: ArrayLike<boolean | number>): Float64Array {
  const truths = gt.map(outline);
  const ious = new Float64Array(dt.length * gt.length);
  for (let d = 0; d < dt.length; d++) {
    const detection = outline(dt[d]);
    for (let g = 0; g < gt.length; g++) {
      if (pairIou(detection.box, truths[g].box, Boolean(crowd[g])) <= 0) continue;
      ious[d * gt.length + g] = outlineIou(detection, truths[g], Boolean(crowd[g]));
    }
  }
  return ious;
}

interface Outline {
  readonly height: number;
  readonly width: number;
  readonly box: Box;
  readonly area: number;
  /** First pixel and pixel behind the end of each run of foreground, down the columns. */
  readonly spans: Uint32Array;
}

function outline(runs: Runs): Outline {
  const { height, width, counts } = runs;
  const spans = new Uint32Array(counts.length & ~1);
  for (let i = 0, at = 0; i < spans.length; i++) {
    at += counts[i];
    spans[i] = at;
  }
  return { height, width, box: boxOf(runs), area: areaOf(runs), spans };
}

function outlineIou(d: Outline, g: Outline, crowd: boolean): number {
  if (d.height !== g.height || d.width !== g.width) return -1;
  const intersection = overlap(d.spans, g.spans);
  if (intersection === 0) return 0;
  return intersection / (crowd ? d.area : d.area + g.area - intersection);
}

/** Pixels in both lists of spans. */
function overlap(a: Uint32Array, b: Uint32Array): number {
  let pixels = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const start = Math.max(a[i], b[j]);
    const end = Math.min(a[i + 1], b[j + 1]);
    if (end > start) pixels += end - start;
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return pixels;
}
