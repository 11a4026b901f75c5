import { takeRows } from './coding.js';
import { boxIou } from './iou.js';
import { rankDescending } from './rank.js';

export interface NmsOptions {
  /** Boxes that overlap a better one by more than this are dropped; default 0.45 (SSD). */
  readonly iou?: number;
  /** Only this many boxes of the highest scores take part; default 200 (SSD). */
  readonly topK?: number;
}

/**
 * Greedy non-maximum suppression: the best box stays, boxes whose IoU with it is above the threshold (or NaN) go, and so on.
 * @param boxes corners `[N, 4]`, any unit
 * @param scores `[N]`; among equal scores the lower index is taken first
 * @returns indices of the boxes that stay, best first
 */
export function nms(
  boxes: Float32Array,
  scores: Float32Array,
  { iou = 0.45, topK = 200 }: NmsOptions = {},
): Int32Array {
  const order = rankDescending(scores).subarray(0, topK);
  const ranked = takeRows(boxes, 4, order);
  const dropped = new Uint8Array(order.length);
  const kept: number[] = [];
  for (let i = 0; i < order.length; i++) {
    if (dropped[i] === 1) continue;
    kept.push(order[i]);
    for (let j = i + 1; j < order.length; j++) {
      if (dropped[j] === 0 && !(boxIou(ranked, i, ranked, j) <= iou)) dropped[j] = 1;
    }
  }
  return Int32Array.from(kept);
}
