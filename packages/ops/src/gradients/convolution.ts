import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  geometryOf,
  gradientOf,
  type WindowAttributes,
} from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { gradient } from './config.js';

/** Convolutions, with every stride, dilation and padding (TensorFlow.js refuses dilations in its gradients). */
export const convolutionGradients: readonly tf.GradConfig[] = [
  gradient<WindowAttributes>(tf.Conv2D, {
    inputs: ['x', 'filter'],
    backward: (dy, [x, filter], attributes) => {
      const geometry = geometryOf(x.shape, filter.shape, dy.shape, attributes);
      return {
        x: () => gradientOf(conv2dInputGradient, { dy, filter }, geometry),
        filter: () => gradientOf(conv2dFilterGradient, { x, dy }, geometry),
      };
    },
  }),
  // The kernel of a transposed convolution: `dy` here is what the convolution would have produced.
  gradient<WindowAttributes & { inputShape: number[] }>(tf.Conv2DBackpropInput, {
    inputs: ['dy', 'filter'],
    backward: (ddx, [dy, filter], attributes) => {
      const geometry = geometryOf(attributes.inputShape, filter.shape, dy.shape, attributes);
      return {
        dy: () =>
          tf.conv2d(
            ddx as tf.Tensor4D,
            filter as tf.Tensor4D,
            attributes.strides as [number, number],
            attributes.pad as 'same',
          ),
        filter: () => gradientOf(conv2dFilterGradient, { x: ddx, dy }, geometry),
      };
    },
  }),
  gradient<WindowAttributes>(tf.DepthwiseConv2dNative, {
    inputs: ['x', 'filter'],
    backward: (dy, [x, filter], attributes) => {
      const [height, width, channels, multiplier] = filter.shape;
      const geometry = geometryOf(x.shape, [height, width, 1, channels * multiplier], dy.shape, attributes);
      return {
        x: () => gradientOf(depthwiseInputGradient, { dy, filter }, geometry),
        filter: () => gradientOf(depthwiseFilterGradient, { x, dy }, geometry),
      };
    },
  }),
];
