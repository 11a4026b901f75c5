import { binarizeWeight, estimators, tf, type WeightQuantizer } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';

const sign: WeightQuantizer = { scale: 'none', gradient: 'clip', estimator: estimators.tri, signOfZero: 1 };

/**
 * RBCN's kernel loss without its factor (Liu et al. 2019): `1/2 ||w - C sign(w)||^2`.
 * @param w latent filters `[kh, kw, in, out]`
 * @param signs their signs
 * @param matrix C `[kh, kw, in, 1]`
 */
export function rectifiedKernelLoss(w: tf.Tensor, signs: tf.Tensor, matrix: tf.Tensor): tf.Scalar {
  return tf.mul(tf.sum(tf.square(tf.sub(w, tf.mul(matrix, signs)))), 0.5) as tf.Scalar;
}

/** Signs of latent filters with RBCN's gradient, 2 - 2|w| inside the unit interval. */
export function rectifiedSigns(w: tf.Tensor4D): tf.Tensor4D {
  return binarizeWeight(w, sign);
}

/**
 * Weights of RBCN: `C sign(w)`, C `[kh, kw, in, 1]` a trained matrix that all filters of a layer share, parameter `matrix`, which starts at the mean |w| of its place; a kernel loss
 * draws filters to what they are binarized to.
 * @param strength lambda_1, weight of the kernel loss
 */
export function rectifiedSign(strength: number): WeightBinarizer {
  return {
    levels: '±c_kij',
    gradient: `c ${estimators.tri.name}`,
    scale: 'trained matrix of the layer',
    bits: 1,
    build(layer) {
      const weights = layer.weights();
      const w = () => weights.variable as unknown as tf.Tensor4D;
      const { kernelSize, inChannels } = layer.geometry;
      const start = tf.tidy(() => tf.mean(tf.abs(w()), 3).dataSync() as Float32Array);
      const matrix = layer.parameter('matrix', [...kernelSize, inChannels, 1], start);
      return {
        latent: [weights],
        operand: () => ({ kind: 'real', value: tf.mul(matrix.variable, rectifiedSigns(w())) as tf.Tensor4D }),
        penalties: () => ({
          'rbcn-kernel': tf.mul(rectifiedKernelLoss(w(), rectifiedSigns(w()), matrix.variable), strength),
        }),
      };
    },
  };
}
