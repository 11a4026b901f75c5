import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { smoothL1Op } from './losses.js';
import { sloped } from './slopes.js';

/** Attributes of {@link smoothL1RowsOp}. */
export interface SmoothL1RowsAttributes {
  /** First of the columns that are compared. */
  readonly column: number;
}

/**
 * Sum of smooth L1 (Girshick 2015, arXiv 1504.08083, eq. 3) between some rows of a table and their targets, a scalar.
 * @param x `[N, W]` @param rows `[K]`; one may come several times
 * @param targets `[K, C]` what columns `column` to `column + C - 1` of those rows should be
 */
export function smoothL1Rows(x: tf.Tensor2D, rows: Int32Array, targets: tf.Tensor2D, column = 0): tf.Scalar {
  const [count, width] = targets.shape;
  if (count !== rows.length || column < 0 || column + width > x.shape[1]) {
    throw shapeError('smoothL1Rows', 'targets', `[${rows.length}, at most ${x.shape[1] - column}]`, targets.shape);
  }
  const inputs = { x, rows: tf.tensor1d(rows, 'int32'), targets };
  return runOp(smoothL1RowsOp, inputs, { column })[0] as tf.Scalar;
}

/** {@link smoothL1Rows} as an op. */
export const smoothL1RowsOp: Op<SmoothL1RowsAttributes> = {
  name: 'SmoothL1Rows',
  portable: (inputs, attributes) =>
    tf.sum(smoothL1Op.portable({ x: differences(inputs, attributes) }, {}) as tf.Tensor),
  gradient: {
    inputs: ['x', 'rows', 'targets'],
    backward: (dy, [x, rows, targets], attributes) => ({
      x: () => runOp(smoothL1RowsGradient, { dy, x, rows, targets }, attributes)[0],
      rows: () => tf.zeros(rows.shape),
      targets: () => tf.zeros(targets.shape),
    }),
  },
};

/** dx `[N, W]`, 0 but in the compared places; dy is a scalar. */
export const smoothL1RowsGradient: Op<SmoothL1RowsAttributes> = {
  name: 'SmoothL1RowsGradient',
  portable({ dy, ...inputs }, attributes) {
    const difference = differences(inputs, attributes);
    const slopes = sloped('smoothL1', tf.mul(dy, tf.onesLike(difference)), difference);
    const [rows, width] = inputs.x.shape as [number, number];
    const { column } = attributes;
    const wide = tf.pad(slopes, [
      [0, 0],
      [column, width - column - inputs.targets.shape[1]!],
    ]);
    return tf.unsortedSegmentSum(wide, inputs.rows as tf.Tensor1D, rows);
  },
};

function differences({ x, rows, targets }: Record<string, tf.Tensor>, { column }: SmoothL1RowsAttributes): tf.Tensor {
  const picked = tf.gather(x, rows as tf.Tensor1D);
  return tf.sub(tf.slice(picked, [0, column], targets.shape), targets);
}
