import * as tf from '@tensorflow/tfjs-core';
import { type Conv2dGeometry, filterShape, inputShape } from '../geometry.js';
import { convolve, depthwiseShape, type GeometryAttributes, kernelAttributes, oneGroup } from './convolution-kernel.js';
import { fit, spreadOut } from './fit.js';
import { type Op, runOp } from './op.js';

/**
 * Whether the current back end's own gradient kernels serve: they know no dilation, and on `cpu` and `wasm` they are many times slower than the
 * same gradient written as a convolution.
 */
function ownKernelServes(kernelName: string, g: Conv2dGeometry): boolean {
  const backend = tf.getBackend();
  if (backend === 'cpu' || backend === 'wasm' || g.dilationHeight > 1 || g.dilationWidth > 1) return false;
  return tf.getKernel(kernelName, backend) != null;
}

/**
 * dx `[N, H, W, C]` from `dy` `[N, H', W', O]` and `filter`: the convolution of `dy`, its pixels set `stride` apart, with the filter turned by
 * 180 degrees and its channel axes exchanged.
 */
export const conv2dInputGradient: Op<GeometryAttributes> = {
  name: 'Conv2DInputGradient',
  portable({ dy, filter }, { geometry: g }) {
    if (g.groups > 1) return groupedInputGradient(dy, filter, g);
    if (ownKernelServes(tf.Conv2DBackpropInput, g)) {
      const attributes = { ...kernelAttributes(g), inputShape: inputShape(g) } as tf.NamedAttrMap;
      return tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, attributes);
    }
    const spread = spreadOut(dy as tf.Tensor4D, g.strideHeight, g.strideWidth);
    const margins = inputGradientMargins(g, spread.shape);
    const turned = tf.transpose(turnedOver(filter), [0, 1, 3, 2]) as tf.Tensor4D;
    return tf.conv2d(fit(spread, margins), turned, 1, 'valid', 'NHWC', [g.dilationHeight, g.dilationWidth]);
  },
};

/** Depthwise at once, other groups one by one. */
function groupedInputGradient(dy: tf.Tensor, filter: tf.Tensor, g: Conv2dGeometry): tf.Tensor {
  if (g.groups === g.inChannels) {
    return gradientOf(depthwiseInputGradient, { dy, filter: tf.reshape(filter, depthwiseShape(g)) }, g);
  }
  const filters = tf.split(filter, g.groups, 3);
  const parts = tf.split(dy, g.groups, 3).map((part, i) => {
    return gradientOf(conv2dInputGradient, { dy: part, filter: filters[i] }, oneGroup(g));
  });
  return tf.concat(parts, 3);
}

function groupedFilterGradient(x: tf.Tensor, dy: tf.Tensor, g: Conv2dGeometry): tf.Tensor {
  if (g.groups === g.inChannels) return tf.reshape(gradientOf(depthwiseFilterGradient, { x, dy }, g), filterShape(g));
  const inputs = tf.split(x, g.groups, 3);
  const parts = tf.split(dy, g.groups, 3).map((part, i) => {
    return gradientOf(conv2dFilterGradient, { x: inputs[i], dy: part }, oneGroup(g));
  });
  return tf.concat(parts, 3);
}

/** A filter `[kh, kw, …]` turned by 180 degrees. Cut and joined, because wasm's Reverse and Gather are slow enough to show in a training step. */
function turnedOver(filter: tf.Tensor): tf.Tensor {
  const [height, width] = filter.shape as [number, number];
  const taps = height * width;
  const rows = tf.reshape(filter, [taps, filter.size / taps]);
  return taps === 1 ? filter : tf.reshape(tf.concat(tf.split(rows, taps).reverse()), filter.shape);
}

function inputGradientMargins(g: Conv2dGeometry, [, height, width]: readonly number[]) {
  return {
    top: (g.kernelHeight - 1) * g.dilationHeight - g.padTop,
    bottom: g.inHeight - height + g.padTop,
    left: (g.kernelWidth - 1) * g.dilationWidth - g.padLeft,
    right: g.inWidth - width + g.padLeft,
  };
}

/**
 * dFilter `[kh, kw, C / groups, O]` from `x` and `dy`: one convolution in which channels play the batch, the batch plays the channels, `dy` is the
 * filter, and stride and dilation change places.
 */
export const conv2dFilterGradient: Op<GeometryAttributes> = {
  name: 'Conv2DFilterGradient',
  portable({ x, dy }, { geometry: g }) {
    if (g.groups > 1) return groupedFilterGradient(x, dy, g);
    if (ownKernelServes(tf.Conv2DBackpropFilter, g)) {
      const attributes = { ...kernelAttributes(g), filterShape: filterShape(g) } as tf.NamedAttrMap;
      return tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes);
    }
    const extentHeight = (g.outHeight - 1) * g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight + 1;
    const extentWidth = (g.outWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1;
    const seen = fit(x as tf.Tensor4D, {
      top: g.padTop,
      bottom: extentHeight - g.inHeight - g.padTop,
      left: g.padLeft,
      right: extentWidth - g.inWidth - g.padLeft,
    });
    const gradient = convolve(tf.transpose(seen, [3, 1, 2, 0]), tf.transpose(dy as tf.Tensor4D, [1, 2, 0, 3]), {
      ...g,
      batch: g.inChannels,
      strideHeight: g.dilationHeight,
      strideWidth: g.dilationWidth,
      dilationHeight: g.strideHeight,
      dilationWidth: g.strideWidth,
      padTop: 0,
      padBottom: 0,
      padLeft: 0,
      padRight: 0,
    });
    return tf.transpose(gradient, [1, 2, 0, 3]);
  },
};

/** dx of a depthwise convolution (`filter` `[kh, kw, C, m]`): a depthwise convolution again, summed over the `m` outputs of each channel. */
export const depthwiseInputGradient: Op<GeometryAttributes> = {
  name: 'DepthwiseConv2DInputGradient',
  portable({ dy, filter }, { geometry: g }) {
    const multiplier = g.outChannels / g.inChannels;
    const spread = spreadOut(dy as tf.Tensor4D, g.strideHeight, g.strideWidth);
    const turned = tf.reshape(turnedOver(filter), [g.kernelHeight, g.kernelWidth, g.outChannels, 1]);
    const each = tf.depthwiseConv2d(
      fit(spread, inputGradientMargins(g, spread.shape)),
      turned as tf.Tensor4D,
      1,
      'valid',
      'NHWC',
      [g.dilationHeight, g.dilationWidth],
    );
    if (multiplier === 1) return each;
    return tf.sum(tf.reshape(each, [g.batch, g.inHeight, g.inWidth, g.inChannels, multiplier]), 4);
  },
};

/** dFilter `[kh, kw, C, m]` of a depthwise convolution, tap by tap. */
export const depthwiseFilterGradient: Op<GeometryAttributes> = {
  name: 'DepthwiseConv2DFilterGradient',
  portable({ x, dy }, { geometry: g }) {
    const multiplier = g.outChannels / g.inChannels;
    const outputs = [g.batch, g.outHeight, g.outWidth, g.inChannels, multiplier];
    const gradient = tf.reshape(dy, outputs);
    const extentHeight = (g.outHeight - 1) * g.strideHeight + 1;
    const extentWidth = (g.outWidth - 1) * g.strideWidth + 1;
    const margins = { top: g.padTop, bottom: g.padBottom, left: g.padLeft, right: g.padRight };
    const padded = fit(x as tf.Tensor4D, margins);
    const taps: tf.Tensor[] = [];
    for (let i = 0; i < g.kernelHeight; i++) {
      for (let j = 0; j < g.kernelWidth; j++) {
        const [top, left] = [i * g.dilationHeight, j * g.dilationWidth];
        const end = [g.batch, top + extentHeight, left + extentWidth, g.inChannels];
        const seen = tf.stridedSlice(padded, [0, top, left, 0], end, [1, g.strideHeight, g.strideWidth, 1]);
        taps.push(tf.sum(tf.mul(tf.reshape(seen, [...outputs.slice(0, 4), 1]), gradient), [0, 1, 2]));
      }
    }
    return tf.reshape(tf.stack(taps), depthwiseShape(g));
  },
};

/** Runs a one-output gradient op. */
export function gradientOf(
  op: Op<GeometryAttributes>,
  inputs: Record<string, tf.Tensor>,
  geometry: Conv2dGeometry,
): tf.Tensor {
  return runOp(op, inputs, { geometry })[0];
}
