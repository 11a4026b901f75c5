import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** `sum + term` of equal shapes. A fused kernel may write the result over an input that nobody else refers to and return an alias of it. */
export const accumulateOp: Op = {
  name: 'Accumulate',
  portable: ({ sum, term }) => tf.add(sum, term),
};

/** The sum of two gradients of equal shape, in place where the back end can; takes both over: the caller may not use them any more. */
export function accumulate<T extends tf.Tensor>(sum: T, term: T): T {
  const total = runOp(accumulateOp, { sum, term }, {})[0] as T;
  tf.dispose([sum, term]);
  return total;
}
