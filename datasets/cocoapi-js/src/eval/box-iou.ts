import type { Table } from './table.js';

/** IoU of the detections and the truths of one pair: rows of the two tables to `[detections, truths]`, in a buffer that the next call reuses. */
export type PairIou = (detections: Int32Array, truths: Int32Array) => Float64Array;

/** IoU of boxes in doubles. Against a crowd, the share of the detection that lies in it. */
export function boxIou(detectionTable: Table, truthTable: Table): PairIou {
  let buffer = new Float64Array(1024);
  return (detections, truths) => {
    const cells = detections.length * truths.length;
    if (buffer.length < cells) buffer = new Float64Array(2 * cells);
    fillBoxIou(buffer, detectionTable.box, detections, truthTable, truths);
    return buffer;
  };
}

// The order of the operations is the reference's: another one gives another last bit, and an IoU exactly on a threshold would fall.
function fillBoxIou(
  iou: Float64Array,
  detectionBox: Float64Array,
  detections: Int32Array,
  truthTable: Table,
  truths: Int32Array,
): void {
  const { box, crowd } = truthTable;
  let cell = 0;
  for (let d = 0; d < detections.length; d++) {
    const at = 4 * detections[d];
    const x = detectionBox[at];
    const y = detectionBox[at + 1];
    const w = detectionBox[at + 2];
    const h = detectionBox[at + 3];
    for (let g = 0; g < truths.length; g++, cell++) {
      const to = 4 * truths[g];
      const width = Math.min(x + w, box[to] + box[to + 2]) - Math.max(x, box[to]);
      const height = Math.min(y + h, box[to + 1] + box[to + 3]) - Math.max(y, box[to + 1]);
      if (width <= 0 || height <= 0) {
        iou[cell] = 0;
        continue;
      }
      const shared = width * height;
      const union = crowd[truths[g]] ? w * h : w * h + box[to + 2] * box[to + 3] - shared;
      iou[cell] = shared / union;
    }
  }
}
