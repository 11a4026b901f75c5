import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Attributes of {@link l2NormalizeOp}. */
export interface L2NormalizeAttributes {
  readonly epsilon: number;
}

/**
 * `weight[c] x[c] / (sqrt(sum over c of x[c]^2) + epsilon)` at each position of `x` `[..., C]` (ParseNet, Liu et al. 2015, arXiv 1506.04579).
 * Where all channels are 0 the norm has no derivative; the gradient there is 0.
 */
export function l2Normalize<T extends tf.Tensor>(x: T, weight: tf.Tensor1D, epsilon: number): T {
  const channels = x.shape[x.rank - 1];
  if (weight.rank !== 1 || weight.size !== channels) {
    throw shapeError('l2Normalize', 'weight', `[${channels}]`, weight.shape);
  }
  return runOp(l2NormalizeOp, { x, weight }, { epsilon })[0] as T;
}

const norm = (x: tf.Tensor) => tf.sqrt(tf.sum(tf.square(x), -1, true));

/** {@link l2Normalize} as an op. */
export const l2NormalizeOp: Op<L2NormalizeAttributes> = {
  name: 'L2Normalize',
  portable: ({ x, weight }, { epsilon }) => tf.mul(tf.div(x, tf.add(norm(x), epsilon)), weight),
  gradient: {
    inputs: ['x', 'weight'],
    backward: (dy, [x, weight], attributes) => {
      const [dx, dWeight] = runOp(l2NormalizeGradient, { dy, x, weight }, attributes);
      return { x: () => dx, weight: () => dWeight };
    },
  },
};

/** Outputs dx and dWeight. With s the norm, d = s + epsilon and g = dy weight: dx = g / d - x sum(g x) / (s d^2), 0 where s = 0. */
export const l2NormalizeGradient: Op<L2NormalizeAttributes> = {
  name: 'L2NormalizeGradient',
  portable({ dy, x, weight }, { epsilon }) {
    const length = norm(x);
    const somewhere = tf.cast(tf.greater(length, 0), 'float32');
    const inverse = tf.div(somewhere, tf.add(length, epsilon));
    const safeLength = tf.add(length, tf.sub(1, somewhere));
    const g = tf.mul(dy, weight);
    // (x / s) (x / d) . g rather than x (x . g) / (s d^2): the squares of tiny inputs underflow.
    const unit = tf.div(x, safeLength);
    const along = tf.sum(tf.mul(g, tf.mul(x, inverse)), -1, true);
    const dx = tf.mul(inverse, tf.sub(g, tf.mul(unit, along)));
    const axes = x.shape.slice(0, -1).map((_, i) => i);
    return [dx, tf.sum(tf.mul(dy, tf.mul(x, inverse)), axes)];
  },
};
