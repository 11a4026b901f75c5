import { conv2d, tf } from '@onebit/ops';
import type { ConvGeometry } from '../layers/geometry.js';
import type { OutputScaling } from './binarizer.js';

/** XNOR-Net's K behind the convolution. */
export const windowMeanScaling: OutputScaling = {
  name: 'window-mean',
  build:
    ({ geometry }) =>
    (y, x) =>
      tf.mul(y, windowMean(x, geometry)),
};

/**
 * K of XNOR-Net (eq. 11): for every output pixel the mean |x| over its window and all channels, padding counted as 0.
 * `[N, H, W, C] -> [N, H', W', 1]`. A constant in the backward pass.
 */
export function windowMean(x: tf.Tensor4D, geometry: ConvGeometry): tf.Tensor4D {
  const [kernelHeight, kernelWidth] = geometry.kernelSize;
  const constantMean = tf.customGrad((input) => {
    const box = tf.fill<tf.Rank.R4>([kernelHeight, kernelWidth, 1, 1], 1 / (kernelHeight * kernelWidth));
    const value = conv2d(tf.mean<tf.Tensor4D>(tf.abs(input as tf.Tensor), 3, true), box, {
      strides: geometry.stride,
      dilations: geometry.dilation,
      padding: geometry.padding,
    });
    return { value, gradFunc: () => [tf.zerosLike(input as tf.Tensor)] };
  });
  return constantMean(x) as tf.Tensor4D;
}
