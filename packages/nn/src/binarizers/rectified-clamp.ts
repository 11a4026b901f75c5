import { type ActivationQuantizer, estimators, tf } from '@onebit/ops';
import { uniform } from '../initializers.js';
import type { ActivationBinarizer, WeightBinarizer } from './binarizer.js';
import { progressOf } from './sign-activation.js';
import { surrogate } from './surrogate.js';

/** tau at the start and at the end of a run (section 4.1 of the paper). */
const [firstTau, lastTau] = [0.85, 0.99];

const activationSigns: ActivationQuantizer = { levels: 'pm1', estimator: estimators.tri, signOfZero: 1 };

/** Under the root of variances, as in the released code. */
const epsilon = 1e-5;

/** ReCU's tau at a share of the run (Xu et al. 2021, arXiv 2103.12369): `A e^progress + B` from 0.85 to 0.99. */
export function rectifiedTau(progress: number): number {
  const growth = (lastTau - firstTau) / (Math.E - 1);
  return growth * (Math.exp(progress) - 1) + firstTau;
}

/** Filters `[kh, kw, in, out]` less their mean, over their unbiased deviation / (2 sqrt 2), which gives a Laplace distribution the scale 2; differentiable. */
export function laplaceFilters(w: tf.Tensor4D): tf.Tensor4D {
  const filterAxes = [0, 1, 2];
  const entries = w.size / w.shape[3];
  const centred = tf.sub(w, tf.mean(w, filterAxes, true));
  const variance = tf.div(tf.sum(tf.square(centred), filterAxes, true), Math.max(entries - 1, 1));
  return tf.mul(tf.mul(centred, 2 * Math.SQRT2), tf.rsqrt(tf.add(variance, epsilon)));
}

/** The tau quantile of a Laplace distribution fitted to the layer, `-mean |z| ln(2 - 2 tau)`, `[]`. */
export function rectifiedQuantile(z: tf.Tensor, tau: number): tf.Scalar {
  return tf.mul(tf.mean(tf.abs(z)), -Math.log(2 - 2 * tau)) as tf.Scalar;
}

/**
 * Weights of ReCU: signs of standardized filters times a trained scale of each filter, parameter `alpha` `[out]`, at first uniform in [0, 1). Weights beyond the quantile of tau get no gradient; the
 * clamp has no other effect, since it never changes a sign.
 */
export const rectifiedClamp: WeightBinarizer = {
  levels: '±a_o',
  gradient: '1[|z| <= Q]',
  scale: 'trained for each filter',
  bits: 1,
  build(layer) {
    const weights = layer.weights();
    const { outChannels } = layer.geometry;
    const alpha = layer.weights({ name: 'alpha', shape: [outChannels], role: 'scale', initializer: uniform(0, 1) });
    return {
      latent: [weights],
      operand(context) {
        const z = laplaceFilters(weights.variable as unknown as tf.Tensor4D);
        const tau = rectifiedTau(progressOf(context));
        const clamped = surrogate(
          z,
          (value) => tf.clone(value),
          (value, dy) => tf.mul(dy, tf.cast(tf.lessEqual(tf.abs(value), rectifiedQuantile(value, tau)), 'float32')),
        );
        return {
          kind: 'signs',
          quantizer: { scale: 'none', gradient: 'identity', signOfZero: 1 },
          terms: [{ latent: clamped, factor: alpha.variable }],
        };
      },
    };
  },
};

/** Activations of ReCU: in training divided by the deviation of their sample, which is differentiated too; then the sign with Bi-Real's gradient. */
export const standardizedSign: ActivationBinarizer = {
  levels: '±1',
  gradient: `${estimators.tri.name} of x / deviation of the sample`,
  bits: 1,
  build: () => (x, context) => {
    const latent = context.training ? overSampleDeviation(x) : x;
    return { kind: 'signs', quantizer: activationSigns, terms: [{ latent }] };
  },
};

/** `x` `[N, H, W, C]` over the unbiased deviation of each sample. */
function overSampleDeviation(x: tf.Tensor4D): tf.Tensor4D {
  const axes = [1, 2, 3];
  const entries = x.size / x.shape[0];
  const centred = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.div(tf.sum(tf.square(centred), axes, true), Math.max(entries - 1, 1));
  return tf.mul(x, tf.rsqrt(tf.add(variance, epsilon)));
}
