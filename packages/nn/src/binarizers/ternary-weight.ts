import { tf } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';
import { surrogate } from './surrogate.js';

/** Share of the mean |w| below which a weight becomes 0: the approximate optimum for normal and for uniform weights (Li et al. 2016, arXiv 1605.04711, eq. 6). */
const thresholdShare = 0.7;

/** Weights at 0 and plus or minus one scale for each filter (Ternary Weight Networks); the gradient passes unchanged. */
export const ternaryWeight: WeightBinarizer = {
  levels: '{-a_o, 0, a_o}',
  gradient: 'identity',
  scale: 'mean |w| of the weights of each filter that are not 0',
  computedScale: 'filter',
  bits: 2,
  build(layer) {
    const weights = layer.weights();
    return {
      latent: [weights],
      operand: () => ({
        kind: 'real',
        value: surrogate(weights.variable as unknown as tf.Tensor4D, ternarize, (_, dy) => tf.clone(dy)),
      }),
    };
  },
};

/** `a_o sign(w) 1[|w| > 0.7 mean |w|]` for filters `[kh, kw, in, out]`. */
export function ternarize(w: tf.Tensor4D): tf.Tensor4D {
  const size = tf.abs(w);
  const filterAxes = [0, 1, 2];
  const kept = tf.cast(tf.greater(size, tf.mul(tf.mean(size, filterAxes, true), thresholdShare)), 'float32');
  const count = tf.maximum(tf.sum(kept, filterAxes, true), 1);
  const scale = tf.div(tf.sum(tf.mul(size, kept), filterAxes, true), count);
  return tf.mul(tf.mul(kept, tf.sign(w)), scale);
}
