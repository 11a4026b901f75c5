import * as tf from '@tensorflow/tfjs-core';
import type { Conv2dGeometry } from '../geometry.js';
import { explicitPadding } from './tfjs-geometry.js';

/** Attributes of every convolution kernel of ours. */
export interface GeometryAttributes {
  readonly geometry: Conv2dGeometry;
}

/** The convolution of each of the groups of `g`. */
export function oneGroup(g: Conv2dGeometry): Conv2dGeometry {
  return { ...g, inChannels: g.inChannels / g.groups, outChannels: g.outChannels / g.groups, groups: 1 };
}

/** A plain convolution kernel call. Not tf.conv2d: that refuses strides together with dilations, which the kernels can do. */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: Conv2dGeometry): tf.Tensor4D {
  return tf.engine().runKernel(tf.Conv2D, { x, filter }, kernelAttributes(geometry));
}

/** `[kh, kw, C, m]`, as TensorFlow.js has the filters of depthwise convolutions; in memory the same as `[kh, kw, 1, C m]`. */
export function depthwiseShape(g: Conv2dGeometry): [number, number, number, number] {
  return [g.kernelHeight, g.kernelWidth, g.inChannels, g.outChannels / g.inChannels];
}

/** Attributes of TensorFlow.js's convolution kernels. */
export function kernelAttributes(g: Conv2dGeometry): tf.NamedAttrMap {
  return {
    strides: [g.strideHeight, g.strideWidth],
    pad: explicitPadding(g),
    dataFormat: 'NHWC',
    dilations: [g.dilationHeight, g.dilationWidth],
  } as unknown as tf.NamedAttrMap;
}
