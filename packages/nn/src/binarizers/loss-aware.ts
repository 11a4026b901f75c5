import { tf, type WeightQuantizer } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';
import { constantOf } from './constant-of.js';
import { scaledSigns } from './scaled-signs.js';

/** One scale for a whole layer, as the paper has it, or one for each filter. */
export type ScaleShare = 'layer' | 'filter';

const signs: WeightQuantizer = { scale: 'none', gradient: 'identity', signOfZero: 1 };

/**
 * Loss-aware binarization (Hou et al. 2017, arXiv 1611.01600): `a sgn(w)` with `a = sum d |w| / sum d` over a layer or a filter, d being the curvature that
 * Adam hands to the weights after each update; before the first, mean |w|.
 */
export function lossAwareWeight(share: ScaleShare): WeightBinarizer {
  return {
    levels: share === 'layer' ? '±a' : '±a_o',
    gradient: 'identity',
    scale: `mean |w| of the ${share}, weighted by the curvature of the loss`,
    computedScale: share,
    bits: 1,
    build(layer) {
      const weights = layer.weights();
      const curvature = weights.trackCurvature() as unknown as tf.Tensor4D;
      return {
        latent: [weights],
        operand() {
          const latent = weights.variable as unknown as tf.Tensor4D;
          return {
            kind: 'signs',
            quantizer: signs,
            terms: [scaledSigns(latent, proximalScale(latent, curvature, share))],
          };
        },
      };
    },
  };
}

/** `sum d |w| / sum d` of weights `[kh, kw, in, out]` with curvature d > 0 of the same shape: `[]` over the layer, `[out]` over each filter. No gradient. */
export function proximalScale(weights: tf.Tensor4D, curvature: tf.Tensor4D, share: ScaleShare): tf.Tensor {
  const axes = share === 'layer' ? undefined : [0, 1, 2];
  return constantOf(weights, (w) => {
    const weighted = tf.sum(tf.mul(curvature, tf.abs(w)), axes);
    return tf.div(weighted, tf.sum(curvature, axes));
  });
}
