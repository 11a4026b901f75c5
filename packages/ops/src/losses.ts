import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { sloped } from './slopes.js';

/** Cross entropy `-log softmax(logits)[label]` of each row: `logits` `[N, C]`, `labels` int32 `[N]` in 0..C-1, result `[N]`. */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  if (logits.rank !== 2) throw shapeError('softmaxCrossEntropy', 'logits', '[N, C]', logits.shape);
  if (labels.rank !== 1 || labels.size !== logits.shape[0]) {
    throw shapeError('softmaxCrossEntropy', 'labels', `int32 [${logits.shape[0]}]`, labels.shape);
  }
  return runOp(softmaxCrossEntropyOp, { logits, labels: tf.cast(labels, 'int32') }, {})[0] as tf.Tensor1D;
}

/** Smooth L1 of each element: x^2 / 2 where |x| < 1, |x| - 1/2 elsewhere (Girshick 2015, arXiv 1504.08083, eq. 3). */
export function smoothL1<T extends tf.Tensor>(x: T): T {
  return runOp(smoothL1Op, { x }, {})[0] as T;
}

/** {@link softmaxCrossEntropy} as an op. */
export const softmaxCrossEntropyOp: Op = {
  name: 'SoftmaxCrossEntropy',
  portable({ logits, labels }) {
    const chosen = tf.mul(tf.logSoftmax(logits), oneHot(labels, logits));
    return tf.neg(tf.sum(chosen, 1));
  },
  gradient: {
    inputs: ['logits', 'labels'],
    backward: (dy, [logits, labels]) => ({
      logits: () => runOp(softmaxCrossEntropyGradient, { dy, logits, labels }, {})[0],
      labels: () => tf.zeros(labels.shape),
    }),
  },
};

/** dy (softmax(logits) - one-hot(label)), `[N, C]`. */
export const softmaxCrossEntropyGradient: Op = {
  name: 'SoftmaxCrossEntropyGradient',
  portable({ dy, logits, labels }) {
    const error = tf.sub(tf.softmax(logits), oneHot(labels, logits));
    return tf.mul(error, tf.reshape(dy, [logits.shape[0], 1]));
  },
};

/** `[N, C]`, 1 at the label. Not tf.oneHot: that refuses a single class. */
function oneHot(labels: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const [rows, classes] = logits.shape as [number, number];
  const hit = tf.equal(tf.reshape(labels, [rows, 1]), tf.range(0, classes, 1, 'int32'));
  return tf.cast(hit, 'float32');
}

/** {@link smoothL1} as an op. */
export const smoothL1Op: Op = {
  name: 'SmoothL1',
  portable({ x }) {
    const magnitude = tf.abs(x);
    return tf.where(tf.less(magnitude, 1), tf.mul(0.5, tf.square(x)), tf.sub(magnitude, 0.5));
  },
  gradient: {
    inputs: ['x'],
    backward: (dy, [x]) => ({ x: () => sloped('smoothL1', dy, x) }),
  },
};
