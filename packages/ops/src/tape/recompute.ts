import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { differentiate } from './differentiate.js';

interface RecomputeAttributes {
  readonly f: (x: tf.Tensor, again: boolean) => tf.Tensor;
  readonly variables: readonly tf.Variable[];
}

/**
 * `f(x)`, of which only `x` is kept for the backward pass: there `f` runs again, its gradients are taken, and all of it is freed (Chen et al. 2016, arXiv
 * 1604.06174, section 4). The numbers are the same to the bit; the price is a second forward pass.
 * @param f must compute the same both times and return a tensor of its own; `again` tells it that it runs for the second time, in the backward pass.
 * @param variables those `f` depends on that may be trained; one that it does not use gets a gradient of zeros.
 */
export function recompute<X extends tf.Tensor, Y extends tf.Tensor>(
  f: (x: X, again: boolean) => Y,
  x: X,
  variables: readonly tf.Variable[],
): Y {
  const attributes = { f: f as unknown as RecomputeAttributes['f'], variables };
  return runOp(recomputeOp, { x, ...Object.fromEntries(variables.entries()) }, attributes)[0] as Y;
}

/** Inputs `x` and, numbered, the variables. Kernels run off the tape, so nothing of `f` is recorded in the forward pass. */
const recomputeOp: Op<RecomputeAttributes> = {
  name: 'Recompute',
  portable: ({ x }, { f }) => f(x, false),
  gradient: {
    inputs: ['x'],
    backward(dy, [x], { f, variables }) {
      const { gradients } = differentiate<tf.Tensor, tf.Tensor>(
        () => f(x, true),
        [x, ...variables],
        () => dy,
      );
      const of = (source: tf.Tensor) => () => gradients.get(source) ?? tf.zeros(source.shape);
      return { x: of(x), ...Object.fromEntries(variables.map((variable, i) => [i, of(variable)])) };
    },
  },
};
