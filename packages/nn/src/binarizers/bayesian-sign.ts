import { estimators, tf, type WeightQuantizer } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';

const quantizer: WeightQuantizer = { scale: 'none', gradient: 'clip', estimator: estimators.clip, signOfZero: 1 };

/** What the two modes of each filter are assumed to be: means of its entries at 0 and above, and (as a distance from 0) below, with their variances, all `[out]`. */
export interface FilterModes {
  readonly positiveMean: tf.Tensor;
  readonly negativeMean: tf.Tensor;
  readonly positiveVariance: tf.Tensor;
  readonly negativeVariance: tf.Tensor;
}

/**
 * Bayesian kernel loss of BONN without its factor lambda (Gu et al. 2019, arXiv 1908.06314):
 * `1/2 sum of ||sign(k) - s k||^2 + nu ((k+ - mu+)^2 / var+ + (k- + mu-)^2 / var- + log var)`. Which entries are positive is fixed within a step.
 * @param w latent filters `[kh, kw, in, out]`
 * @param scale s `[1]`, the modulation
 * @param nu weight of the two modes
 */
export function bayesianKernelLoss(w: tf.Tensor, scale: tf.Tensor, modes: FilterModes, nu: number): tf.Scalar {
  const positive = tf.cast(tf.greaterEqual(w, 0), 'float32');
  const negative = tf.sub(1, positive);
  const error = tf.sum(tf.square(tf.sub(tf.sub(positive, negative), tf.mul(w, scale))));
  const mode = (mask: tf.Tensor, distance: tf.Tensor, variance: tf.Tensor) =>
    tf.sum(tf.mul(mask, tf.add(tf.div(tf.square(distance), variance), tf.log(variance))));
  const above = mode(positive, tf.sub(w, modes.positiveMean), modes.positiveVariance);
  const below = mode(negative, tf.add(w, modes.negativeMean), modes.negativeVariance);
  return tf.mul(tf.add(error, tf.mul(tf.add(above, below), nu)), 0.5) as tf.Scalar;
}

/**
 * Bayesian feature loss of BONN without its factor theta (same paper): `1/2 sum of (f - c)^2 + (f - c)^2 / var + log var`, for features `f`, the centres `c` of their classes and the
 * variances `var`, all `[N, features]`.
 */
export function bayesianFeatureLoss(features: tf.Tensor, centres: tf.Tensor, variances: tf.Tensor): tf.Scalar {
  const square = tf.square(tf.sub(features, centres));
  return tf.mul(tf.sum(tf.add(tf.add(square, tf.div(square, variances)), tf.log(variances))), 0.5) as tf.Scalar;
}

/** Parts of {@link bayesianSign}. */
export interface BayesianSignParts {
  /** lambda, weight of the kernel loss. */
  readonly strength: number;
  /** nu, weight of the two modes inside it. */
  readonly modeStrength: number;
}

/** Starting variance of a mode: of the size that trained latent weights spread around their modes. */
const startVariance = 0.01;
/** The modulation stays above this in the division. */
const leastModulation = 1e-3;
/** Variances stay above this, where the loss has no lower bound. */
const leastVariance = 1e-4;

/**
 * Weights of BONN: sign(w) over one trained modulation s of the layer, parameter `modulation` `[1]` (at first 1 / mean |w|, which brings latent weights to the size of their signs), and a loss that draws each filter to two modes with trained means and variances (parameters
 * `positiveMean`, `negativeMean`, `positiveVariance`, `negativeVariance`, `[out]`).
 */
export function bayesianSign({ strength, modeStrength }: BayesianSignParts): WeightBinarizer {
  return {
    levels: '±1 / s',
    gradient: estimators.clip.name,
    scale: 'trained for the layer',
    bits: 1,
    build(layer) {
      const weights = layer.weights();
      const w = weights.variable as unknown as tf.Tensor4D;
      const mean = tf.tidy(() => tf.mean(tf.abs(w), [0, 1, 2]).dataSync() as Float32Array);
      const { outChannels } = layer.geometry;
      const average = mean.reduce((sum, value) => sum + value, 0) / outChannels;
      const modulation = layer.parameter('modulation', [1], 1 / Math.max(average, 1e-3)).variable;
      const make = (name: string, values: Float32Array | number) =>
        layer.parameter(name, [outChannels], values).variable;
      const modes = {
        positiveMean: make('positiveMean', mean),
        negativeMean: make('negativeMean', mean),
        positiveVariance: make('positiveVariance', startVariance),
        negativeVariance: make('negativeVariance', startVariance),
      };
      const bounded = (variance: tf.Tensor) => tf.maximum(variance, leastVariance);
      return {
        latent: [weights],
        operand: () => ({
          kind: 'signs',
          quantizer,
          // The loss draws s w to sign(w): w is nearest to sign(w) / s.
          terms: [{ latent: w, factor: tf.div(1, tf.maximum(tf.abs(modulation), leastModulation)) }],
        }),
        penalties() {
          const within = {
            ...modes,
            positiveVariance: bounded(modes.positiveVariance),
            negativeVariance: bounded(modes.negativeVariance),
          };
          return { 'bonn-kernel': tf.mul(bayesianKernelLoss(w, modulation, within, modeStrength), strength) };
        },
      };
    },
  };
}
