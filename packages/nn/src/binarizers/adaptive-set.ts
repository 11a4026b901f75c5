import { type ActivationQuantizer, estimators, tf } from '@onebit/ops';
import type { ActivationBinarizer, WeightBinarizer } from './binarizer.js';
import { scheduledEde } from './ede.js';
import type { SignTerm } from './operand.js';
import { progressOf } from './sign-activation.js';

const activationSigns: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 };

/** t of the released code. */
const range = { tMin: 1e-3, tMax: 10 };
const estimator = scheduledEde(range);

/** Distances between levels stay above this, which keeps the division finite. */
const leastDistance = 1e-3;

/** Where the two activation levels of AdaBin lie: at `beta +- alpha` (paper), or at `alpha (beta +- 1)` (released code). */
export type AdaptiveCentre = 'paper' | 'released';

/**
 * Activations at two trained levels of the layer (AdaBin; Tu et al. 2022, arXiv 2208.08084, eq. 8): the sign of (x - beta) / alpha, times alpha, plus the centre. Parameters
 * `input.alpha` and `input.beta`, one number each, at first 1 and 0.
 */
export function adaptiveActivation(centre: AdaptiveCentre): ActivationBinarizer {
  return {
    levels: 'two trained',
    gradient: estimators.tri.name,
    bits: 1,
    build(layer) {
      const alpha = layer.parameter('input.alpha', [], 1);
      const shift = layer.parameter('input.beta', [], 0);
      return (x) => {
        const beta = shift.variable;
        const distance = tf.maximum(alpha.variable, leastDistance);
        const middle = centre === 'paper' ? beta : tf.mul(distance, beta);
        const latent = tf.div(tf.sub(x, beta), distance) as tf.Tensor4D;
        return { kind: 'signs', quantizer: activationSigns, terms: around(latent, distance, middle) };
      };
    },
  };
}

/**
 * Weights at two levels of each filter, its mean plus and minus its (biased) standard deviation (same paper, eq. 3 to 6), with IR-Net's gradient at the standardized weight; mean and deviation are
 * differentiated too.
 */
export const adaptiveWeight: WeightBinarizer = {
  levels: 'b_o ± a_o',
  gradient: estimator.name,
  scale: 'mean and deviation of each filter',
  computedScale: 'filter',
  bits: 1,
  build(layer) {
    const weights = layer.weights();
    return {
      latent: [weights],
      operand(context) {
        const { latent, distance, middle } = standardized(weights.variable as unknown as tf.Tensor4D);
        const quantizer = {
          scale: 'none',
          gradient: 'clip',
          estimator: estimator.at(progressOf(context)),
          signOfZero: 1,
        } as const;
        return { kind: 'signs', quantizer, terms: around(latent, distance, middle) };
      },
    };
  },
};

/** Filters `[kh, kw, in, out]` less their mean, over their deviation; both `[out]`. */
function standardized(w: tf.Tensor4D): { latent: tf.Tensor4D; distance: tf.Tensor; middle: tf.Tensor } {
  const filterAxes = [0, 1, 2];
  const mean = tf.mean(w, filterAxes, true);
  const centred = tf.sub(w, mean);
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), filterAxes, true), tiny));
  const channels = [w.shape[3]];
  return {
    latent: tf.div(centred, deviation),
    distance: tf.reshape(deviation, channels),
    middle: tf.reshape(mean, channels),
  };
}

/** Under the root: keeps the gradient of a filter of equal weights finite, and is far below the variance of any trained filter. */
const tiny = 1e-16;

/** `distance sgn(latent) + middle`, the second part being a sign that is +1 everywhere. */
function around(latent: tf.Tensor4D, distance: tf.Tensor, middle: tf.Tensor): SignTerm[] {
  return [
    { latent, factor: distance },
    { latent: tf.ones(latent.shape), factor: middle },
  ];
}
