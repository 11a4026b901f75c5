import { shapeError } from '@onebit/common/errors';
import * as tf from '@tensorflow/tfjs-core';
import { type Conv2dGeometry, conv2dGeometry, type Padding } from '../geometry.js';
import { explicitPadding } from './tfjs-geometry.js';

/** Options of {@link conv2d}; one number stands for height and width. */
export interface Conv2dOptions {
  /** Default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default 1; may be combined with strides. */
  readonly dilations?: number | readonly [number, number];
  /** Default `'same'`. */
  readonly padding?: Padding;
}

/** Attributes of every convolution kernel of ours. */
export interface GeometryAttributes {
  readonly geometry: Conv2dGeometry;
}

/**
 * 2-D convolution (cross-correlation) of `x` `[N, H, W, C]` with `filter` `[kh, kw, C / groups, O]`, result `[N, H', W', O]`. The number of
 * groups follows from the shapes. Trains with any stride and dilation on every back end, unlike `tf.conv2d`.
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  const groups = groupsOf('conv2d', x, filter);
  const geometry = conv2dGeometry(x.shape, filter.shape, { ...options, groups });
  if (groups === 1) return convolve(x, filter, geometry);
  if (groups === geometry.inChannels && !stridedAndDilated(geometry)) return depthwise(x, filter, geometry);
  const part = oneGroup(geometry);
  const inputs = tf.split(x, groups, 3);
  const filters = tf.split(filter, groups, 3);
  return tf.concat(
    inputs.map((input, i) => convolve(input as tf.Tensor4D, filters[i] as tf.Tensor4D, part)),
    3,
  );
}

/** How many groups `filter` `[kh, kw, C / groups, O]` splits the channels of `x` into. */
export function groupsOf(where: string, x: tf.Tensor4D, filter: tf.Tensor4D): number {
  if (x.rank !== 4) throw shapeError(where, 'x', '[N, H, W, C]', x.shape);
  if (filter.rank !== 4) throw shapeError(where, 'filter', '[kh, kw, C / groups, O]', filter.shape);
  const groups = x.shape[3] / filter.shape[2];
  if (!Number.isInteger(groups) || filter.shape[3] % groups !== 0) {
    throw shapeError(where, 'filter', `[kh, kw, C / groups, O] for C = ${x.shape[3]}`, filter.shape);
  }
  return groups;
}

/** The convolution of each of the groups of `g`. */
export function oneGroup(g: Conv2dGeometry): Conv2dGeometry {
  return { ...g, inChannels: g.inChannels / g.groups, outChannels: g.outChannels / g.groups, groups: 1 };
}

/** A plain convolution kernel call. Not tf.conv2d: that refuses strides together with dilations, which the kernels can do. */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: Conv2dGeometry): tf.Tensor4D {
  return tf.engine().runKernel(tf.Conv2D, { x, filter }, kernelAttributes(geometry));
}

function depthwise(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: Conv2dGeometry): tf.Tensor4D {
  const shaped = tf.reshape(filter, depthwiseShape(geometry));
  return tf.engine().runKernel(tf.DepthwiseConv2dNative, { x, filter: shaped }, kernelAttributes(geometry));
}

/** `[kh, kw, C, m]`, as TensorFlow.js has the filters of depthwise convolutions; in memory the same as `[kh, kw, 1, C m]`. */
export function depthwiseShape(g: Conv2dGeometry): [number, number, number, number] {
  return [g.kernelHeight, g.kernelWidth, g.inChannels, g.outChannels / g.inChannels];
}

/** The depthwise kernels of TensorFlow.js refuse the combination. */
function stridedAndDilated(g: Conv2dGeometry): boolean {
  return Math.max(g.strideHeight, g.strideWidth) > 1 && Math.max(g.dilationHeight, g.dilationWidth) > 1;
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
