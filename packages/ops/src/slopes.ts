import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Functions of one value whose gradient back ends may fuse: dy times the slope, from the input x or, where said, from the output y. */
export type SlopeName =
  | 'abs'
  | 'square'
  /** From y. */
  | 'relu'
  /** 1 inside (0, 6), as PyTorch's. */
  | 'relu6'
  /** Slope `a` below 0. */
  | 'leakyRelu'
  /** 1 on the closed interval [a, b]. */
  | 'clipByValue'
  /** From y. */
  | 'elu'
  /** From y. */
  | 'sigmoid'
  /** From y. */
  | 'tanh'
  | 'smoothL1';

/** Attributes of {@link slopeGradient}. */
export interface SlopeAttributes {
  readonly slope: SlopeName;
  readonly a?: number;
  readonly b?: number;
}

type Slope = (saved: tf.Tensor, a: number, b: number) => tf.Tensor;

const mask = (condition: tf.Tensor) => tf.cast(condition, 'float32');

const slopes: Record<SlopeName, Slope> = {
  // Not tf.sign: on wasm that gives 0 below about 1e-7.
  abs: (x) => tf.sub(mask(tf.greater(x, 0)), mask(tf.less(x, 0))),
  square: (x) => tf.mul(x, 2),
  relu: (y) => tf.step(y),
  relu6: (x) => tf.mul(tf.step(x), mask(tf.less(x, 6))),
  leakyRelu: (x, a) => tf.step(x, a),
  clipByValue: (x, a, b) => mask(tf.logicalAnd(tf.greaterEqual(x, a), tf.lessEqual(x, b))),
  elu: (y) => tf.add(tf.minimum(y, 0), 1), // exp(x) = y + 1 below 0
  sigmoid: (y) => tf.mul(y, tf.sub(1, y)),
  tanh: (y) => tf.sub(1, tf.square(y)),
  smoothL1: (x) => tf.clipByValue(x, -1, 1),
};

/** dx from `dy` and `saved`, the input or the output of the function; see {@link SlopeName}. */
export const slopeGradient: Op<SlopeAttributes> = {
  name: 'SlopeGradient',
  portable: ({ dy, saved }, { slope, a = 0, b = 0 }) => tf.mul(dy, slopes[slope](saved, a, b)),
};

/** Runs {@link slopeGradient}. */
export function sloped(slope: SlopeName, dy: tf.Tensor, saved: tf.Tensor, a?: number, b?: number): tf.Tensor {
  return runOp(slopeGradient, { dy, saved }, { slope, a, b })[0];
}

/**
 * Outputs dx and dAlpha of prelu: `x` above 0, `alpha x` below; `alpha` broadcasts against `x`. At exactly 0, where sums of signs often are, the slope is `alpha`, as in PyTorch
 * and TensorFlow.
 */
export const preluGradient: Op = {
  name: 'PreluGradient',
  portable({ dy, x, alpha }) {
    const dx = tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha));
    const atAlpha = tf.mul(dy, tf.minimum(x, 0));
    const axes = tf.backend_util.getReductionAxes(alpha.shape, atAlpha.shape);
    return [dx, tf.reshape(axes.length === 0 ? atAlpha : tf.sum(atAlpha, axes), alpha.shape)];
  },
};
