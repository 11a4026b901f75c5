import { shapeError } from '@onebit/common';
import { tf } from '@onebit/ops';
import { iouMatrix } from '../boxes/iou.js';

/** Anchors of one feature level. */
export interface AnchorGrid {
  /** Number of cells, `H W`. */
  readonly cells: number;
  /** Corners x1, y1, x2, y2 of the anchors of the first cell, then of the next: `[cells * anchors, 4]`. */
  readonly anchors: Float32Array;
}

/**
 * Cells worth imitating, `[cells]` of 0 and 1: those with an anchor whose overlap with some object exceeds `share` times the best overlap that this object has
 * on the level (Wang et al. 2019, "Distilling Object Detectors with Fine-grained Feature Imitation", CVPR).
 * @param boxes corners `[B, 4]` in the units of the anchors
 * @param share the paper's phi; 0.5 there
 */
export function imitationMask({ cells, anchors }: AnchorGrid, boxes: Float32Array, share: number): Float32Array {
  const [rows, objects] = [anchors.length / 4, boxes.length / 4];
  if (cells < 1 || rows % cells !== 0) {
    throw shapeError('imitationMask', 'anchors', `[a multiple of ${cells} cells, 4]`, [rows, 4]);
  }
  const overlaps = iouMatrix(anchors, boxes);
  const perCell = rows / cells;
  const mask = new Float32Array(cells);
  for (let object = 0; object < objects; object++) {
    let best = 0;
    for (let row = 0; row < rows; row++) best = Math.max(best, overlaps[row * objects + object]);
    for (let row = 0; row < rows; row++) {
      if (overlaps[row * objects + object] > share * best) mask[Math.floor(row / perCell)] = 1;
    }
  }
  return mask;
}

/**
 * Half the squared difference of feature maps `[..., C]` over the channels and the cells that count; 0 if there are none.
 * @param mask 1 for cells that count, 0 for others, of the maps' shape without the channels
 */
export function imitationLoss(student: tf.Tensor, teacher: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  const channels = student.shape[student.rank - 1];
  const difference = tf.sum(tf.mul(tf.squaredDifference(student, teacher), tf.expandDims(mask, -1)));
  return tf.div(difference, tf.mul(tf.maximum(tf.sum(mask), 1), 2 * channels));
}
