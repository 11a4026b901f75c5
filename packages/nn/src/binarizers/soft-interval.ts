import {
  type ActivationQuantizer,
  estimators,
  type SoftInterval,
  softLevels,
  tf,
  type WeightQuantizer,
} from '@onebit/ops';
import type { ActivationBinarizer, LayerScope, WeightBinarizer } from './binarizer.js';
import type { SignTerm } from './operand.js';

/** What a layer starts from: the interval of the clipped straight-through estimator, and a curve a little steeper than a line. */
const initial = { lower: -1, upper: 1, alpha: 0.2 };

/** Where trained numbers are held: an interval that closes, or an alpha of 0 or 1, would divide by 0. */
const [leastWidth, leastAlpha] = [1e-3, 1e-3];

/** Of {@link twoLevels}, which are for inference: the gradient is that of softLevels. */
const activationSigns: ActivationQuantizer = { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 };
const weightSigns: WeightQuantizer = { scale: 'none', gradient: 'identity', signOfZero: 1 };

const described = { levels: '{l, u}', gradient: 'tanh', bits: 1 };

/**
 * DSQ (Gong et al. 2019, arXiv 1908.05033) with one interval: activations become one of two trained levels `lower`, `upper`. Parameters `input.lower`, `input.upper` and
 * `input.alpha`.
 */
export const softIntervalActivation: ActivationBinarizer = {
  ...described,
  build(layer) {
    const interval = trainedInterval(layer, 'input');
    return (x, { training }) =>
      training
        ? { kind: 'real', value: softLevels(x, interval()) }
        : { kind: 'signs', quantizer: activationSigns, terms: twoLevels(x, interval()) };
  },
};

/** {@link softIntervalActivation} for weights: parameters `filter.lower`, `filter.upper` and `filter.alpha`. */
export const softIntervalWeight: WeightBinarizer = {
  ...described,
  scale: 'trained levels of the layer',
  build(layer) {
    const weights = layer.weights();
    const interval = trainedInterval(layer, 'filter');
    return {
      latent: [weights],
      operand({ training }) {
        const latent = weights.variable as unknown as tf.Tensor4D;
        if (training) return { kind: 'real', value: softLevels(latent, interval()) };
        return { kind: 'signs', quantizer: weightSigns, terms: twoLevels(latent, interval()) };
      },
    };
  },
};

function trainedInterval(layer: LayerScope, name: string): () => SoftInterval {
  const number = (part: keyof SoftInterval) => layer.parameter(`${name}.${part}`, [], initial[part]);
  const [lower, upper, alpha] = [number('lower'), number('upper'), number('alpha')];
  return () => ({
    lower: lower.variable,
    upper: tf.maximum(upper.variable, tf.add(lower.variable, leastWidth)),
    alpha: tf.clipByValue(alpha.variable, leastAlpha, 1 - leastAlpha),
  });
}

/** The levels as a sum of signs for packed bits: half the width times the side of the middle that x is on, plus the middle times a sign that is +1 everywhere. */
function twoLevels(x: tf.Tensor4D, { lower, upper }: SoftInterval): SignTerm[] {
  const middle = tf.div(tf.add(lower, upper), 2);
  return [
    { latent: tf.sub(x, middle), factor: tf.div(tf.sub(upper, lower), 2) },
    { latent: tf.ones(x.shape), factor: middle },
  ];
}
