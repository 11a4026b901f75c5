import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** The trained numbers of a differentiable soft quantizer of one interval, each `[]`. */
export interface SoftInterval {
  readonly lower: tf.Tensor;
  /** More than `lower`. */
  readonly upper: tf.Tensor;
  /** In (0, 1): how far the curve is from a step. */
  readonly alpha: tf.Tensor;
}

/**
 * `lower` where the {@link softCurve} of x is negative, else `upper`, with the gradient of `lower + (upper - lower) (curve + 1) / 2` inside `[lower, upper]` (DSQ, Gong et al.
 * 2019, arXiv 1908.05033). The two levels get the gradient of what became them besides.
 */
export function softLevels<T extends tf.Tensor>(x: T, { lower, upper, alpha }: SoftInterval): T {
  return runOp(softLevelsOp, { x, lower, upper, alpha }, {})[0] as T;
}

/** `tanh(k (x - m)) / (1 - alpha)`, m being the middle and k such that the curve is -1 at `lower` and +1 at `upper`; beyond them it goes on. */
export function softCurve<T extends tf.Tensor>(x: T, interval: SoftInterval): T {
  const { middle, slope, peak } = curveOf(interval);
  return tf.mul(tf.tanh(tf.mul(tf.sub(x, middle), slope)), peak) as T;
}

function curveOf({ lower, upper, alpha }: SoftInterval) {
  const [middle, width] = [tf.div(tf.add(lower, upper), 2), tf.sub(upper, lower)];
  const slope = tf.div(tf.log(tf.sub(tf.div(2, alpha), 1)), width);
  return { middle, width, slope, peak: tf.reciprocal(tf.sub(1, alpha)) };
}

/** {@link softLevels} as an op. */
export const softLevelsOp: Op = {
  name: 'SoftLevels',
  portable: ({ x, lower, upper }) => tf.where(tf.greaterEqual(x, tf.div(tf.add(lower, upper), 2)), upper, lower),
  gradient: {
    inputs: ['x', 'lower', 'upper', 'alpha'],
    backward: (dy, [x, lower, upper, alpha]) => {
      const [dx, dLower, dUpper, dAlpha] = runOp(softLevelsGradient, { dy, x, lower, upper, alpha }, {});
      return { x: () => dx, lower: () => dLower, upper: () => dUpper, alpha: () => dAlpha };
    },
  },
};

/** Outputs dx, dLower, dUpper and dAlpha. */
export const softLevelsGradient: Op = {
  name: 'SoftLevelsGradient',
  portable({ dy, x, lower, upper, alpha }) {
    const { middle, width, slope, peak } = curveOf({ lower, upper, alpha });
    const distance = tf.sub(x, middle);
    const height = tf.tanh(tf.mul(distance, slope));
    const inside = tf.logicalAnd(tf.greaterEqual(x, lower), tf.lessEqual(x, upper));
    const atCurve = tf.where(inside, tf.mul(dy, tf.div(width, 2)), 0);
    const atHeight = tf.mul(tf.mul(atCurve, peak), tf.sub(1, tf.square(height)));
    const dx = tf.mul(atHeight, slope);
    const atSlope = tf.sum(tf.mul(atHeight, tf.where(inside, distance, 0)));
    // Both levels move the middle, and apart from each other they change the width; the slope k is ln(2 / alpha - 1) over the width.
    const both = tf.div(tf.sub(tf.sum(dy), tf.sum(dx)), 2);
    const sides = tf.sum(tf.where(tf.greaterEqual(distance, 0), dy, tf.neg(dy)));
    const apart = tf.sub(tf.div(sides, 2), tf.div(tf.mul(atSlope, slope), width));
    const throughSlope = tf.div(tf.mul(atSlope, 2), tf.mul(width, tf.mul(alpha, tf.sub(2, alpha))));
    const throughPeak = tf.mul(tf.sum(tf.mul(atCurve, height)), tf.square(peak));
    return [dx, tf.sub(both, apart), tf.add(both, apart), tf.sub(throughPeak, throughSlope)];
  },
};
