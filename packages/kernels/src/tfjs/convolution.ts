import { shapeError } from '@onebit/common/errors';
import * as tf from '@tensorflow/tfjs-core';
import { type Conv2dGeometry, conv2dGeometry, type Padding } from '../geometry.js';
import { conv2dFilterGradient, conv2dInputGradient, gradientOf } from './convolution-gradients.js';
import { convolve, depthwiseShape, type GeometryAttributes, kernelAttributes, oneGroup } from './convolution-kernel.js';
import { type Op, runOp } from './op.js';

/** Options of {@link conv2d}; one number stands for height and width. */
export interface Conv2dOptions {
  /** Default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default 1; may be combined with strides. */
  readonly dilations?: number | readonly [number, number];
  /** Default `'same'`. */
  readonly padding?: Padding;
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
  return runOp(groupedConv2d, { x, filter }, { geometry })[0] as tf.Tensor4D;
}

/** A convolution in several groups that is not a depthwise one of TensorFlow.js, group by group. */
export const groupedConv2d: Op<GeometryAttributes> = {
  name: 'GroupedConv2D',
  portable({ x, filter }, { geometry }) {
    const { groups } = geometry;
    const part = oneGroup(geometry);
    const filters = tf.split(filter, groups, 3);
    const results = tf.split(x, groups, 3).map((input, i) => {
      return convolve(input as tf.Tensor4D, filters[i] as tf.Tensor4D, part);
    });
    return tf.concat(results, 3);
  },
  gradient: {
    inputs: ['x', 'filter'],
    backward: (dy, [x, filter], { geometry }) => ({
      x: () => gradientOf(conv2dInputGradient, { dy, filter }, geometry),
      filter: () => gradientOf(conv2dFilterGradient, { x, dy }, geometry),
    }),
  },
};

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

function depthwise(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: Conv2dGeometry): tf.Tensor4D {
  const shaped = tf.reshape(filter, depthwiseShape(geometry));
  return tf.engine().runKernel(tf.DepthwiseConv2dNative, { x, filter: shaped }, kernelAttributes(geometry));
}

/** The depthwise kernels of TensorFlow.js refuse the combination. */
function stridedAndDilated(g: Conv2dGeometry): boolean {
  return Math.max(g.strideHeight, g.strideWidth) > 1 && Math.max(g.dilationHeight, g.dilationWidth) > 1;
}
