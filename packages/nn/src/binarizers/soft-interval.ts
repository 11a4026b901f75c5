import { type ActivationQuantizer, estimators, tf, type WeightQuantizer } from '@onebit/ops';
import type { ActivationBinarizer, LayerScope, WeightBinarizer } from './binarizer.js';
import type { SignTerm } from './operand.js';

/** The trained numbers of a differentiable soft quantizer of one interval, each `[]`. */
export interface SoftInterval {
  readonly lower: tf.Tensor;
  readonly upper: tf.Tensor;
  /** In (0, 1): how far the curve is from a step. */
  readonly alpha: tf.Tensor;
}

/** What a layer starts from: the interval of the clipped straight-through estimator, and a curve a little steeper than a line. */
const initial = { lower: -1, upper: 1, alpha: 0.2 };

/** Where trained numbers are held: an interval that closes, or an alpha of 0 or 1, would divide by 0. */
const [leastWidth, leastAlpha] = [1e-3, 1e-3];

/** The sign of the soft curve, which passes the gradient inside the interval. */
const straightThrough = { estimator: estimators.clip, signOfZero: 1 } as const;
/** Of {@link twoLevels} of activations. */
export const twoLevelSigns: ActivationQuantizer = { levels: 'pm1', ...straightThrough };
const weightSigns: WeightQuantizer = { scale: 'none', gradient: 'clip', ...straightThrough };

const described = { levels: '{l, u}', gradient: 'tanh', bits: 1 };

/**
 * DSQ (Gong et al. 2019, arXiv 1908.05033) with one interval: activations become one of two trained levels `lower`, `upper`. Parameters `input.lower`, `input.upper` and
 * `input.alpha`.
 */
export const softIntervalActivation: ActivationBinarizer = {
  ...described,
  build(layer) {
    const interval = trainedInterval(layer, 'input');
    return (x) => ({ kind: 'signs', quantizer: twoLevelSigns, terms: twoLevels(x, interval()) });
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
      operand: () => {
        const latent = weights.variable as unknown as tf.Tensor4D;
        return { kind: 'signs', quantizer: weightSigns, terms: twoLevels(latent, interval()) };
      },
    };
  },
};

function trainedInterval(layer: LayerScope, name: string): () => SoftInterval {
  const number = (part: keyof SoftInterval) => layer.parameter(`${name}.${part}`, [], initial[part]).variable;
  const [lower, upper, alpha] = [number('lower'), number('upper'), number('alpha')];
  return () => ({
    lower,
    upper: tf.maximum(upper, tf.add(lower, leastWidth)),
    alpha: tf.clipByValue(alpha, leastAlpha, 1 - leastAlpha),
  });
}

/** `lower` where the {@link softCurve} of x is negative, else `upper`, as a sum of signs: half the width times its sign plus the middle times one that is +1 everywhere. */
export function twoLevels(x: tf.Tensor4D, interval: SoftInterval): SignTerm[] {
  const { lower, upper } = interval;
  return [
    { latent: softCurve(x, interval), factor: tf.div(tf.sub(upper, lower), 2) },
    { latent: tf.ones(x.shape), factor: tf.div(tf.add(upper, lower), 2) },
  ];
}

/** `tanh(k (x - m)) / (1 - alpha)`, m being the middle and k such that the curve is -1 at `lower` and +1 at `upper`; beyond them it goes on. */
export function softCurve<T extends tf.Tensor>(x: T, { lower, upper, alpha }: SoftInterval): T {
  const middle = tf.div(tf.add(lower, upper), 2);
  const slope = tf.div(tf.log(tf.sub(tf.div(2, alpha), 1)), tf.sub(upper, lower));
  return tf.div(tf.tanh(tf.mul(tf.sub(x, middle), slope)), tf.sub(1, alpha)) as T;
}
