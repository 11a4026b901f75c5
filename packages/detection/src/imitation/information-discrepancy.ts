import { shapeError } from '@onebit/common';
import { tf } from '@onebit/ops';

/** A box in cells of a feature map: columns x1 to x2 and rows y1 to y2, the second ends not included. */
export type CellBox = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * How differently teacher and student see each box, `[boxes.length]` (Xu et al. 2022, "IDa-Det", arXiv 2210.03477): each channel of a crop becomes
 * a distribution over its positions, described by mean^2 / variance (unbiased); the sum over channels of the absolute differences, over the area of the box.
 * @param teacher map `[H, W, C]`; student of the same shape
 * @param boxes inside the map, of at least two cells each
 */
export function informationDiscrepancy(
  teacher: tf.Tensor3D,
  student: tf.Tensor3D,
  boxes: readonly CellBox[],
): tf.Tensor1D {
  const scores = boxes.map((box) => {
    const area = areaOf(box, teacher.shape);
    const [ofTeacher, ofStudent] = [teacher, student].map((map) => sharpness(crop(map, box), area));
    return tf.div(tf.sum(tf.abs(tf.sub(ofTeacher, ofStudent))), area);
  });
  return scores.length === 0 ? tf.zeros([0]) : (tf.stack(scores) as tf.Tensor1D);
}

/** Positions of the `count` largest scores, in ascending order; the released code keeps 60 %. Of equal ones the first are kept. */
export function mostDiscrepant(scores: ArrayLike<number>, count: number): number[] {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** `[height, width]` of 1 in the cells that some box covers and 0 elsewhere. */
export function boxMask(boxes: readonly CellBox[], height: number, width: number): tf.Tensor2D {
  const mask = new Float32Array(height * width);
  for (const [x1, y1, x2, y2] of boxes) {
    for (let y = y1; y < y2; y++) mask.fill(1, y * width + x1, y * width + x2);
  }
  return tf.tensor2d(mask, [height, width]);
}

/** Keeps the trained deviation from growing without end; from the released code. */
const spreadWeight = 1e-3;

/**
 * The entropy distillation loss `(t - s)^2 + (t - s)^2 / sigma^2` over the channels and the cells that count, plus `1e-3 ln sigma^2` over all cells as in the
 * released code, divided by the number of entries that count.
 * @param student map `[H, W, C]`, behind its adapter; teacher of the same shape
 * @param mask `[H, W]` of 0 and 1
 * @param sigma one trained deviation
 */
export function entropyDistillation(
  student: tf.Tensor3D,
  teacher: tf.Tensor3D,
  mask: tf.Tensor2D,
  sigma: tf.Scalar,
): tf.Scalar {
  const variance = tf.square(sigma);
  const squares = tf.squaredDifference(student, teacher);
  const kept = tf.sum(tf.mul(tf.add(squares, tf.div(squares, variance)), tf.expandDims(mask, 2)));
  const spread = tf.mul(tf.log(variance), spreadWeight * student.size);
  return tf.div(tf.add(kept, spread), tf.maximum(tf.mul(tf.sum(mask), student.shape[2]), 1));
}

function crop(map: tf.Tensor3D, [x1, y1, x2, y2]: CellBox): tf.Tensor2D {
  const part = tf.slice(map, [y1, x1, 0], [y2 - y1, x2 - x1, map.shape[2]]);
  return tf.reshape(part, [-1, map.shape[2]]);
}

/** Mean^2 / variance `[C]` of the softmax over positions of `[area, C]`. The mean of a softmax over `area` positions is 1 / area. */
function sharpness(features: tf.Tensor2D, area: number): tf.Tensor1D {
  const attention = tf.softmax(tf.transpose(features));
  const variance = tf.div(tf.sum(tf.square(tf.sub(attention, 1 / area)), 1), area - 1);
  return tf.div(1 / area ** 2, variance) as tf.Tensor1D;
}

function areaOf(box: CellBox, [height, width]: number[]): number {
  const [x1, y1, x2, y2] = box;
  const area = (x2 - x1) * (y2 - y1);
  const inside = x1 >= 0 && y1 >= 0 && x2 <= width && y2 <= height && x1 < x2 && y1 < y2;
  if (inside && area >= 2) return area;
  throw shapeError(
    'informationDiscrepancy',
    'box',
    `x1, y1, x2, y2 of two cells or more inside ${width} x ${height}`,
    box,
  );
}
