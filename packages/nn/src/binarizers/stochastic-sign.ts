import { type ActivationQuantizer, estimators, tf } from '@onebit/ops';
import type { ActivationBinarizer } from './binarizer.js';
import { uniformNoise } from './noise.js';

const drawn: ActivationQuantizer = { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 };
const fixed: ActivationQuantizer = { ...drawn, estimator: estimators.clip };

/**
 * BNN's stochastic binarization of activations (Courbariaux et al. 2016, arXiv 1602.02830, eq. 2): in training +1 with probability clip((x + 1) / 2, 0, 1),
 * else -1; the sign in inference, and where the context brings no random numbers. Gradient 1[|x| <= 1] either way.
 */
export const stochasticSign: ActivationBinarizer = {
  levels: '±1',
  gradient: estimators.clip.name,
  bits: 1,
  build: () => (x, context) => {
    const { training, random } = context;
    if (!training || random === undefined) return { kind: 'signs', quantizer: fixed, terms: [{ latent: x }] };
    return { kind: 'signs', quantizer: drawn, terms: [{ latent: drawSigns(x, uniformNoise(x.shape, random)) }] };
  },
};

/** P(+1) = clip((x + 1) / 2, 0, 1). */
export function probabilityOfOne(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.div(tf.add(x, 1), 2), 0, 1);
}

/** +1 where `uniform`, numbers in [0, 1) of the shape of `x`, is below {@link probabilityOfOne}, else -1; gradient 1[|x| <= 1]. */
export function drawSigns(x: tf.Tensor4D, uniform: tf.Tensor): tf.Tensor4D {
  const draw = tf.customGrad((input, save) => {
    const up = tf.less(uniform, probabilityOfOne(input as tf.Tensor));
    const value = tf.sub(tf.mul(tf.cast(up, 'float32'), 2), 1);
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return { value, gradFunc: (dy, [at]) => tf.mul(dy as tf.Tensor, estimators.clip.derivative(at)) };
  });
  return draw(x) as tf.Tensor4D;
}
