import * as tf from '@tensorflow/tfjs-core';

/** Slices of `x` at `indices` (int32, any shape) along `axis`; repeated indices add up in the gradient. */
export function gather<T extends tf.Tensor>(x: T, indices: tf.Tensor, axis = 0): T {
  return tf.gather(x, indices as tf.Tensor1D, axis) as T;
}
