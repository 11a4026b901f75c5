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
  // Always with a scale: without one TensorFlow.js fails before it gets here. The toolkit's own batch normalization is `batchNormInference`.
  gradient<{ varianceEpsilon: number }>(tf.FusedBatchNorm, {
    inputs: ['x', 'mean', 'variance', 'scale'],
    backward: (dy, [x, mean, variance, scale], { varianceEpsilon }) => {
      const inverse = () => tf.rsqrt(tf.add(variance, varianceEpsilon));
      const scaled = () => tf.mul(dy, scale);
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
  }),
];
