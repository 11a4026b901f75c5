import { type BinaryConv2dOptions, binaryConv2dSum } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';

/** Nearer to 0 than anything in the vectors, too small to move a mean, and not denormal. */
const tiny = 1e-30;

/** `x`, or, if it holds zeros, twice `x` with those a little above and a little below 0. */
function withoutZeros(x: tf.Tensor4D): tf.Tensor4D[] {
  const zeros = tf.cast(tf.equal(x, 0), 'float32');
  if (tf.sum(zeros).dataSync()[0] === 0) return [x];
  const nudge = tf.mul(zeros, tiny);
  return [tf.add(x, nudge), tf.sub(x, nudge)];
}

/**
 * A binary convolution as released code with sign(0) = 0 computes it, but of signs that are all +1 or -1, so that it runs on bits: 0 is the mean of
 * +1 and -1, and a convolution is linear in the signs of either operand, so that it is the mean over the operands with each zero replaced by either sign.
 */
export function convolveReleasedSigns(x: tf.Tensor4D, w: tf.Tensor4D, options: BinaryConv2dOptions): tf.Tensor4D {
  const pairs = withoutZeros(x).flatMap((a) => withoutZeros(w).map((b) => ({ x: a, w: b })));
  const scale = tf.scalar(1 / pairs.length);
  return binaryConv2dSum(
    pairs.map((pair) => ({ ...pair, scale })),
    options,
  );
}

/** `values` as a map of one channel, so that a 1 x 1 convolution with a weight of 1 is a function of each value. */
export function asMap(values: tf.Tensor): tf.Tensor4D {
  return tf.reshape(values, [1, values.size, 1, 1]);
}

/** `weights` as filters of one weight each, which a map of a single 1 shows. */
export function asFilters(weights: tf.Tensor): tf.Tensor4D {
  return tf.reshape(weights, [1, 1, 1, weights.size]);
}

/** The map, or the filter, of a single 1. */
export function one(): tf.Tensor4D {
  return tf.ones([1, 1, 1, 1]);
}
