import { tf } from '@onebit/ops';

/** Statistics and penalties of one pre-activation, each `[C]`. */
export interface ActivationDistribution {
  readonly mean: tf.Tensor1D;
  /** Square root of the biased variance plus 1e-10. */
  readonly deviation: tf.Tensor1D;
  /** `max(0, 2 - |mean| - deviation)^2`: nearly all values where the slopes of sign and hard tanh differ. */
  readonly mismatch: tf.Tensor1D;
  /** `max(0, deviation - 4)^2`: nearly all values where hard tanh is flat. */
  readonly saturation: tf.Tensor1D;
  /** `max(0, mean^2 - deviation^2)`: nearly all values of one sign. */
  readonly degeneration: tf.Tensor1D;
}

/**
 * What the regularizers of Ding et al. 2019 (arXiv 1904.02823) see in a pre-activation `[..., C]`, the real tensor that enters a sign, over all positions of the batch.
 * The constants 2, 4 and 1e-10 are those of the released code; the paper derives them from quantiles of a Gaussian.
 */
export function activationDistribution(preActivation: tf.Tensor): ActivationDistribution {
  const axes = preActivation.shape.slice(0, -1).map((_, axis) => axis);
  const mean = tf.mean<tf.Tensor1D>(preActivation, axes);
  const variance = tf.add<tf.Tensor1D>(tf.mean<tf.Tensor1D>(tf.square(tf.sub(preActivation, mean)), axes), 1e-10);
  const deviation = tf.sqrt(variance);
  return {
    mean,
    deviation,
    mismatch: tf.square(tf.relu<tf.Tensor1D>(tf.sub(tf.sub(2, tf.abs(mean)), deviation))),
    saturation: tf.square(tf.relu(tf.sub(deviation, 4))),
    degeneration: tf.relu(tf.sub(tf.square(mean), variance)),
  };
}

/** Means over the channels of mismatch, saturation and degeneration, added up, and averaged over the layers whose pre-activations are given. */
export function distributionLoss(preActivations: readonly tf.Tensor[]): tf.Scalar {
  const layers = preActivations.map((preActivation) => {
    const { mismatch, saturation, degeneration } = activationDistribution(preActivation);
    return tf.mean(tf.addN([mismatch, saturation, degeneration]));
  });
  return tf.div(tf.addN(layers), layers.length) as tf.Scalar;
}
