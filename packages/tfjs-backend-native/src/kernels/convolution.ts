import { type Conv2dGeometry, filterShape, inputShape, outputShape } from '@onebit/kernels';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  geometryOf,
  groupedConv2d,
  type WindowAttributes,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type ConvolutionAttributes = WindowAttributes & { dataFormat?: string };
type Shape4D = [number, number, number, number];

/** The geometry of a convolution call, or undefined for channels-first data. */
function geometry(
  x: readonly number[],
  filter: readonly number[],
  attributes: ConvolutionAttributes,
  output?: readonly number[],
) {
  const { strides, pad, dilations = 1, dimRoundingMode, dataFormat = 'NHWC' } = attributes;
  if (dataFormat !== 'NHWC' || x.length !== 4) return undefined;
  const shape =
    output ??
    tf.backend_util.computeConv2DInfo(
      x as Shape4D,
      [filter[0], filter[1], x[3], filter[3]],
      strides as [number, number],
      dilations as [number, number],
      pad,
      dimRoundingMode,
    ).outShape;
  return geometryOf(x, filter, shape, attributes);
}

/** `[kh, kw, C, m]` of a depthwise filter as the `[kh, kw, 1, C m]` of a convolution in C groups; the memory is the same. */
function groupedShape([height, width, channels, multiplier]: readonly number[]): number[] {
  return [height, width, 1, channels * multiplier];
}

function forward(
  b: NativeBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  g: Conv2dGeometry | undefined,
): KernelResult {
  const [input, weights] = [b.values(x, 'float32'), b.values(filter, 'float32')];
  if (input === undefined || weights === undefined || g === undefined) return undefined;
  const y = b.output(outputShape(g), 'float32');
  b.native.conv2d(input, weights, y.values, g);
  return y.info;
}

function inputGradient(
  b: NativeBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  g: Conv2dGeometry | undefined,
): KernelResult {
  const [upstream, weights] = [b.values(dy, 'float32'), b.values(filter, 'float32')];
  if (upstream === undefined || weights === undefined || g === undefined) return undefined;
  const dx = b.output(inputShape(g), 'float32');
  b.native.conv2dBackpropInput(upstream, weights, dx.values, g);
  return dx.info;
}

function filterGradient(
  b: NativeBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  g: Conv2dGeometry | undefined,
  shape?: readonly number[],
): KernelResult {
  const [input, upstream] = [b.values(x, 'float32'), b.values(dy, 'float32')];
  if (input === undefined || upstream === undefined || g === undefined) return undefined;
  const dFilter = b.output(shape ?? filterShape(g), 'float32');
  b.native.conv2dBackpropFilter(input, upstream, dFilter.values, g);
  return dFilter.info;
}

const depthwiseShape = (g: Conv2dGeometry) => [
  g.kernelHeight,
  g.kernelWidth,
  g.inChannels,
  g.outChannels / g.inChannels,
];

/** Convolutions in all directions, with dilations and groups. */
export const convolutionKernels: readonly NativeKernel[] = [
  kernel<ConvolutionAttributes>(tf.Conv2D, (b, { x, filter }, a) =>
    forward(b, x, filter, geometry(x.shape, filter.shape, a)),
  ),
  kernel<ConvolutionAttributes & { inputShape: number[] }>(tf.Conv2DBackpropInput, (b, { dy, filter }, a) =>
    inputGradient(b, dy, filter, geometry(a.inputShape, filter.shape, a, dy.shape)),
  ),
  kernel<ConvolutionAttributes & { filterShape: number[] }>(tf.Conv2DBackpropFilter, (b, { x, dy }, a) =>
    filterGradient(b, x, dy, geometry(x.shape, a.filterShape, a, dy.shape)),
  ),
  kernel<ConvolutionAttributes>(tf.DepthwiseConv2dNative, (b, { x, filter }, a) =>
    forward(b, x, filter, geometry(x.shape, groupedShape(filter.shape), a)),
  ),
  fused(groupedConv2d, (b, { x, filter }, a) => forward(b, x, filter, a.geometry)),
  fused(conv2dInputGradient, (b, { dy, filter }, a) => inputGradient(b, dy, filter, a.geometry)),
  fused(conv2dFilterGradient, (b, { x, dy }, a) => filterGradient(b, x, dy, a.geometry)),
  fused(depthwiseInputGradient, (b, { dy, filter }, a) => inputGradient(b, dy, filter, a.geometry)),
  fused(depthwiseFilterGradient, (b, { x, dy }, a) => filterGradient(b, x, dy, a.geometry, depthwiseShape(a.geometry))),
];
