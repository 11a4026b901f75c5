import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** The mean over some tensors of the mean of their squares, a scalar. */
export function meanSquare(tensors: readonly tf.Tensor[]): tf.Scalar {
  return runOp(meanSquareOp, tensors as unknown as Record<string, tf.Tensor>, {})[0] as tf.Scalar;
}

/** {@link meanSquare} as an op; its inputs are numbered. */
export const meanSquareOp: Op = {
  name: 'MeanSquare',
  portable(inputs) {
    const means = Object.values(inputs).map((tensor) => tf.mean(tf.square(tensor)));
    return tf.div(tf.addN(means), means.length);
  },
  gradient: {
    inputs: 'all',
    backward: (dy, tensors) =>
      Object.fromEntries(
        tensors.map((tensor, k) => [k, () => tf.mul(tensor, tf.mul(dy, 2 / (tensor.size * tensors.length)))]),
      ),
  },
};
