import * as tf from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './config.js';

/** Softmax and batch normalization with given statistics. */
export const normalizationGradients: readonly tf.GradConfig[] = [
  gradient<{ dim: number }>(tf.Softmax, {
    output: true,
    backward: (dy, [y], { dim }) => ({
      logits: () => tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), dim, true))),
    }),
  }),
  gradient<{ axis: number }>(tf.LogSoftmax, {
    output: true,
    backward: (dy, [y], { axis }) => ({
      logits: () => tf.sub(dy, tf.mul(tf.exp(y), tf.sum(dy, axis, true))),
    }),
  }),
  {
    kernelName: tf.FusedBatchNorm,
    inputsToSave: ['x', 'mean', 'variance', 'scale'],
    // Unlike TensorFlow.js's own, works without scale and offset, and with statistics of any shape that broadcasts.
    gradFunc: (dys, saved, attrs) => {
      const dy = dys as tf.Tensor;
      const [x, mean, variance] = saved;
      const scale: tf.Tensor | undefined = saved[3];
      const { varianceEpsilon } = attrs as unknown as { varianceEpsilon: number };
      const inverse = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
      const scaled = () => (scale === undefined ? dy : tf.mul(dy, scale));
      const centred = () => tf.sub(x, mean);
      return {
        x: () => sumTo(tf.mul(scaled(), inverse()), x.shape),
        mean: () => sumTo(tf.neg(tf.mul(scaled(), inverse())), mean.shape),
        variance: () => {
          const cubed = tf.mul(inverse(), tf.square(inverse()));
          return sumTo(tf.mul(tf.mul(scaled(), centred()), tf.mul(-0.5, cubed)), variance.shape);
        },
        scale: () => sumTo(tf.mul(dy, tf.mul(centred(), inverse())), scale.shape),
        offset: () => sumTo(dy, mean.shape),
      };
    },
  },
];
