import * as tf from '@tensorflow/tfjs-core';

/** What stands in for the derivative of a sign (or step) in the backward pass. The four of {@link estimators} have fused native kernels. */
export interface Estimator {
  readonly name: string;
  /** Factor by which the gradient is multiplied at `x`, elementwise. */
  derivative(x: tf.Tensor): tf.Tensor;
}

/** 1 everywhere: the gradient passes unchanged. */
const identity: Estimator = { name: 'identity', derivative: (x) => tf.onesLike(x) };

/** 1 where |x| <= 1, both ends included (straight-through estimator; Courbariaux et al. 2016, arXiv 1602.02830). */
const clip: Estimator = { name: 'clip', derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), 1), 'float32') };

/** 1 where |x| < 1, both ends excluded: what `hardtanh` followed by a sign gives (Rastegari et al. 2016, arXiv 1603.05279). */
const clipOpen: Estimator = { name: 'clip-open', derivative: (x) => tf.cast(tf.less(tf.abs(x), 1), 'float32') };

/** max(0, 2 - 2|x|), the slope of Bi-Real Net's piecewise quadratic (Liu et al. 2018, arXiv 1808.00278, eq. 7). */
const tri: Estimator = { name: 'tri', derivative: (x) => tf.relu(tf.sub(2, tf.mul(2, tf.abs(x)))) };

/** The estimators that have native kernels. */
export const estimators = { identity, clip, clipOpen, tri } satisfies Record<string, Estimator>;
