import * as tf from '@tensorflow/tfjs-core';
import { gradient, mask, sumTo, zeroGradient } from './config.js';

/** Ops whose result does not change with small changes of `names`: every one of them gets a zero gradient. */
function constantIn(kernelName: string, names: readonly string[]): tf.GradConfig {
  return gradient(kernelName, {
    inputs: names,
    shapesOnly: true,
    backward: (_dy, saved) => Object.fromEntries(names.map((name, i) => [name, () => zeroGradient(saved[i].shape)])),
  });
}

/**
 * Comparisons and index functions. TensorFlow.js throws when the tape crosses one of them, although a mask such as
 * `where(greater(x, 0), x, 0)` needs no gradient through its condition; here they have the zero gradient they mathematically have.
 */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...[
    tf.Equal,
    tf.NotEqual,
    tf.Greater,
    tf.GreaterEqual,
    tf.Less,
    tf.LessEqual,
    tf.LogicalAnd,
    tf.LogicalOr,
    tf.FloorDiv,
  ].map((name) => constantIn(name, ['a', 'b'])),
  ...[tf.LogicalNot, tf.IsNan, tf.IsInf, tf.IsFinite, tf.ArgMax, tf.ArgMin, tf.All, tf.Any].map((name) =>
    constantIn(name, ['x']),
  ),
  constantIn(tf.OneHot, ['indices']),
  gradient(tf.Select, {
    inputs: ['condition', 't', 'e'],
    backward: (dy, [condition, t, e]) => ({
      condition: () => zeroGradient(condition.shape),
      t: () => sumTo(tf.mul(dy, mask(condition)), t.shape),
      e: () => sumTo(tf.mul(dy, mask(tf.logicalNot(condition))), e.shape),
    }),
  }),
];
