import { type CocoRle, mask } from 'cocoapi-js';
import { Ignore, type TideInput } from './tide-input.js';

/**
 * Fills `out` [D, G] with the overlap of each of `detections` with each of `objects` (indices): IoU, for crowds the share of the detection that
 * lies inside.
 */
export function overlapsOf(input: TideInput, detections: Int32Array, objects: Int32Array, out: Float64Array): void {
  const { masks: dt } = input.detections;
  const { masks: gt } = input.objects;
  if (dt && gt) maskOverlaps(input, dt, gt, detections, objects, out);
  else boxOverlaps(input, detections, objects, out);
}

function maskOverlaps(
  input: TideInput,
  dt: readonly CocoRle[],
  gt: readonly CocoRle[],
  detections: Int32Array,
  objects: Int32Array,
  out: Float64Array,
): void {
  const crowd = Array.from(objects, (j) => input.objects.ignore[j] === Ignore.crowd);
  const rows = mask.iou(
    Array.from(detections, (i) => dt[i]),
    Array.from(objects, (j) => gt[j]),
    crowd,
  );
  for (const [row, ious] of rows.entries()) out.set(ious, row * objects.length);
}

function boxOverlaps(input: TideInput, detections: Int32Array, objects: Int32Array, out: Float64Array): void {
  const d = input.detections.box;
  const g = input.objects.box;
  const { ignore } = input.objects;
  let cell = 0;
  for (const detection of detections) {
    const [i, dx, dy] = [4 * detection, d[4 * detection], d[4 * detection + 1]];
    const [right, bottom, area] = [dx + d[i + 2], dy + d[i + 3], d[i + 2] * d[i + 3]];
    for (const object of objects) {
      const j = 4 * object;
      // The order of operations is COCO's, so that an IoU of exactly a threshold stays exact.
      const width = Math.min(right, g[j] + g[j + 2]) - Math.max(dx, g[j]);
      const height = Math.min(bottom, g[j + 1] + g[j + 3]) - Math.max(dy, g[j + 1]);
      const inter = width > 0 && height > 0 ? width * height : 0;
      const union = ignore[object] === Ignore.crowd ? area : area + g[j + 2] * g[j + 3] - inter;
      out[cell++] = inter > 0 ? inter / union : 0;
    }
  }
}
