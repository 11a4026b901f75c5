import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';

/**
 * A choice between operations made continuous: the sum of their outputs, each times its part of `softmax(alpha)` (DARTS, Liu et al. 2019, arXiv 1806.09055, equation 2).
 * @param alpha `[O]`, one number for each operation; gradients go to it and to the outputs.
 * @param outputs of equal shape; undefined for an operation that gives zeros, whose part is lost.
 * @throws OnebitError ERR_SHAPE unless there are as many outputs as numbers, at least one of them a tensor.
 */
export function mixture<T extends tf.Tensor>(alpha: tf.Tensor1D, outputs: readonly (T | undefined)[]): T {
  if (alpha.shape[0] !== outputs.length || outputs.every((output) => output === undefined)) {
    throw new OnebitError(
      'ERR_SHAPE',
      `mixture: expected ${alpha.shape[0]} outputs, one for each number of alpha and at least one of them not zero, got ${outputs.length}`,
    );
  }
  return tf.tidy(() => {
    const parts = tf.unstack(tf.softmax(alpha));
    const terms = outputs.flatMap((output, i) => (output === undefined ? [] : [tf.mul(output, parts[i])]));
    return terms.reduce((sum, term) => tf.add(sum, term)) as T;
  });
}
