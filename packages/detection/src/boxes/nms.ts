import { boxKernels, rankDescending, runInPlace } from '@onebit/ops';
import { takeRows } from './coding.js';
import { boxIou } from './iou.js';

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
  const kept = suppress(takeRows(boxes, 4, order), Int32Array.of(order.length), iou);
  return Int32Array.from(order.filter((_, k) => kept[k] === 1));
}

/**
 * The suppression of {@link nms} in each of several groups of boxes.
 * @param boxes corners `[N, 4]`, group after group, in each in descending order of their scores @param ends `[G]` where each group ends
 * @returns `[N]` 1 for boxes that stay
 */
export function suppress(boxes: Float32Array, ends: Int32Array, iou: number): Uint8Array {
  const kept = new Uint8Array(boxes.length / 4).fill(1);
  if (runInPlace(boxKernels.suppress, { boxes, ends, iou, kept })) return kept;
  for (const [g, end] of ends.entries()) {
    for (let i = g === 0 ? 0 : ends[g - 1]; i < end; i++) {
      if (kept[i] === 0) continue;
      for (let j = i + 1; j < end; j++) if (kept[j] === 1 && !(boxIou(boxes, i, boxes, j) <= iou)) kept[j] = 0;
    }
  }
  return kept;
}
