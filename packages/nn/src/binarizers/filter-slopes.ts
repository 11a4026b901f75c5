import { type Estimator, estimators, tf } from '@onebit/ops';

/**
 * The magnitude-aware gradient of Bi-Real Net's paper (Liu et al. 2018, arXiv 1808.00278, section 3.3) for weights `[kh, kw, in, out]`: the mean |w| of the
 * filter where |w| <= 1, else 0.
 */
export const magnitudeAware: Estimator = {
  name: 'a_o 1[|w| <= 1]',
  derivative: (w) => tf.mul(filterMean(w), estimators.clip.derivative(w)),
};

/**
 * The weight gradient that XNOR-Net's paper prints (Rastegari et al. 2016, arXiv 1603.05279, section 3.2), 1/n + a_o 1[|w| < 1] with n the weights of a filter.
 * It is not the derivative of a_o sign(w): there the 1/n couples all weights of a filter.
 */
export const xnorPaper: Estimator = {
  name: '1/n + a_o 1[|w| < 1]',
  derivative: (w) => tf.add((w.shape[3] as number) / w.size, tf.mul(filterMean(w), estimators.clipOpen.derivative(w))),
};

function filterMean(w: tf.Tensor): tf.Tensor {
  return tf.mean(tf.abs(w), [0, 1, 2], true);
}
