import { tf } from '@onebit/ops';
import { constantOf } from './constant-of.js';
import type { WeightPreparation } from './sign-weight.js';

/** Libra parameter binarization of IR-Net (Qin et al. 2020, arXiv 1909.10788): balanced, standardized filters, scaled by a power of two. */
export const libra: WeightPreparation = {
  name: 'libra',
  described: {
    levels: '±2^s_o',
    scale: '2^s_o near the mean |z| of each standardized filter',
    computedScale: 'filter',
  },
  apply(latent) {
    const standardized = standardizeFilters(latent);
    return { latent: standardized, factor: powerOfTwoScales(standardized) };
  },
};

/** Under the root: keeps the gradient of a filter of equal weights finite, and is far below the variance of any trained filter. */
const tiny = 1e-16;

/** Filters `[kh, kw, in, out]` minus their mean, divided by their unbiased standard deviation (divisor n - 1); differentiable. */
export function standardizeFilters(weight: tf.Tensor4D): tf.Tensor4D {
  const filterAxes = [0, 1, 2];
  const entries = weight.size / weight.shape[3];
  const centred = tf.sub(weight, tf.mean(weight, filterAxes, true));
  const variance = tf.div(tf.sum(tf.square(centred), filterAxes, true), Math.max(entries - 1, 1));
  return tf.mul(centred, tf.rsqrt(tf.add(variance, tiny)));
}

/** `2^round(log2 mean |w|)` of each filter, `[out]`, halves to even: a constant in the backward pass. A filter of zeros has the scale 1. */
export function powerOfTwoScales(weight: tf.Tensor4D): tf.Tensor1D {
  return constantOf(weight, (w) => {
    const mean = tf.mean<tf.Tensor1D>(tf.abs(w), [0, 1, 2]);
    const size = tf.where(tf.greater(mean, 0), mean, tf.onesLike(mean));
    return tf.pow(2, tf.round(tf.div(tf.log(size), Math.LN2)));
  });
}
