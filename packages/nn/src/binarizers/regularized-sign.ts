import { type Estimator, tf } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';

/** Distances of weights `[kh, kw, in, out]` from the levels +-a of their filter, a `[out]`, summed (BNN+, arXiv 1812.11800, eq. 5 and 6). */
export const regularizers = {
  R1: (w: tf.Tensor, scale: tf.Tensor) => tf.sum(tf.abs(tf.sub(scale, tf.abs(w)))) as tf.Scalar,
  R2: (w: tf.Tensor, scale: tf.Tensor) => tf.sum(tf.square(tf.sub(scale, tf.abs(w)))) as tf.Scalar,
};

/** Parts of {@link regularizedSign}. */
export interface RegularizedSignParts {
  readonly estimator: Estimator;
  readonly regularizer: keyof typeof regularizers | 'none';
  /** Weight of the regularizer in the loss. */
  readonly strength: number;
}

/** A {@link WeightBinarizer} of BNN+. */
export interface RegularizedSign extends WeightBinarizer {
  readonly parts: RegularizedSignParts;
}

/**
 * Weights of BNN+: sign(w) times a trained scale of each filter, parameter `alpha` `[out]`, which starts at the mean |w| of the filter; a regularizer draws the
 * latent weights to +-alpha.
 */
export function regularizedSign(parts: RegularizedSignParts): RegularizedSign {
  const { estimator, regularizer, strength } = parts;
  return {
    parts,
    levels: '±a_o',
    gradient: `a_o ${estimator.name}`,
    scale: 'trained for each filter',
    bits: 1,
    build(layer) {
      const weights = layer.weights();
      const w = () => weights.variable as unknown as tf.Tensor4D;
      const start = tf.tidy(() => tf.mean(tf.abs(w()), [0, 1, 2]).dataSync() as Float32Array);
      const alpha = layer.parameter('alpha', [layer.geometry.outChannels], start);
      return {
        latent: [weights],
        operand: () => ({
          kind: 'signs',
          quantizer: { scale: 'none', gradient: 'clip', estimator, signOfZero: 1 },
          terms: [{ latent: w(), factor: alpha.variable }],
        }),
        penalties: () =>
          regularizer === 'none'
            ? {}
            : { [`bnnplus-${regularizer}`]: tf.mul(regularizers[regularizer](w(), alpha.variable), strength) },
      };
    },
  };
}
