import * as tf from '@tensorflow/tfjs-core';
import type { UnaryGradientOp } from '../native/vector/elementwise.js';

/** An estimator that the native back end has as one kernel, see `UnaryGradientOp`, and its parameters. */
interface EstimatorKernel {
  readonly kind: UnaryGradientOp;
  readonly a?: number;
  readonly b?: number;
}

/** What stands in for the derivative of a sign (or step) in the backward pass. The four of {@link estimators} are fused into convolutions where they can be. */
export interface Estimator {
  readonly name: string;
  /** Factor by which the gradient is multiplied at `x`, elementwise. */
  derivative(x: tf.Tensor): tf.Tensor;
  /** A kernel with the numbers of `derivative`; without one, that is composed of the back end's ops. */
  readonly kernel?: EstimatorKernel;
}

/** 1 everywhere: the gradient passes unchanged. */
const identity: Estimator = { name: 'identity', derivative: (x) => tf.onesLike(x) };

/** 1 where |x| <= 1, both ends included (straight-through estimator; Courbariaux et al. 2016, arXiv 1602.02830). */
const clip: Estimator = {
  name: 'clip',
  derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), 1), 'float32'),
  kernel: { kind: 'clip' },
};

/** 1 where |x| < 1, both ends excluded: what `hardtanh` followed by a sign gives (Rastegari et al. 2016, arXiv 1603.05279). */
const clipOpen: Estimator = {
  name: 'clip-open',
  derivative: (x) => tf.cast(tf.less(tf.abs(x), 1), 'float32'),
  kernel: { kind: 'clipOpen' },
};

/** max(0, 2 - 2|x|), the slope of Bi-Real Net's piecewise quadratic (Liu et al. 2018, arXiv 1808.00278, eq. 7). */
const tri: Estimator = {
  name: 'tri',
  derivative: (x) => tf.relu(tf.sub(2, tf.mul(2, tf.abs(x)))),
  kernel: { kind: 'tri' },
};

/** The estimators without parameters. */
export const estimators = { identity, clip, clipOpen, tri } satisfies Record<string, Estimator>;
