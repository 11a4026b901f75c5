import { type Conv2dGeometry, conv2dGeometry, filterShape } from '@onebit/kernels';
import {
  type ActivationQuantizer,
  binarize,
  binarizeGradient,
  type Conv2dOptions,
  conv2d,
  conv2dInputGradient,
  estimators,
  type GeometryAttributes,
  type Op,
  runOp,
} from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** The sign with the gradient 1[|x| <= 1]. */
const pm1: ActivationQuantizer = { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 };

/** One order of a residual quantization. */
interface ResidualOrder {
  /** Mean |residual| of each row, `[..., 1]`. */
  readonly scale: tf.Tensor;
  /** Signs of the residual, `[..., n]`. */
  readonly signs: tf.Tensor;
}

/**
 * High-order residual quantization of rows `[..., n]` (Li et al. 2017, arXiv 1708.08687, eq. 5 to 8): R_0 = X, beta_i = mean |R_(i-1)|, H_i = sign(R_(i-1)),
 * R_i = R_(i-1) - beta_i H_i. The squared error falls by n beta_i^2 with every order.
 */
export function residualOrders(rows: tf.Tensor, orders: number): ResidualOrder[] {
  let residual = rows;
  return Array.from({ length: orders }, () => {
    const scale = tf.mean(tf.abs(residual), -1, true);
    const signs = binarize(residual, pm1);
    residual = tf.sub(residual, tf.mul(scale, signs));
    return { scale, signs };
  });
}

/** The sum over orders of scale times signs. */
export function reconstruction(orders: readonly ResidualOrder[]): tf.Tensor {
  return orders.map(({ scale, signs }) => tf.mul(scale, signs)).reduce((sum, term) => tf.add(sum, term));
}

/** Attributes of {@link residualWindows}. */
export interface ResidualWindowsAttributes extends GeometryAttributes {
  readonly orders: number;
}

/** Options of {@link residualConv2d}. */
export interface ResidualConv2dOptions extends Conv2dOptions {
  /** From 1 to 16. */
  readonly orders: number;
}

/**
 * Convolution of `x` `[N, H, W, C]` with `filter` `[kh, kw, C, O]`, every window (zero padding included) being replaced by its own residual quantization. Backward it is the
 * convolution of `x` itself with the gradient of a clipped sign at each cell of a window: the paper's estimator is not to be had, and this is the straight-through one.
 */
export function residualConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: ResidualConv2dOptions): tf.Tensor4D {
  const geometry = conv2dGeometry(x.shape, filter.shape, options);
  return runOp(residualConv2dOp, { x, filter }, { geometry, orders: options.orders })[0] as tf.Tensor4D;
}

/** The quantized windows `[N, H', W', kh * kw * C]`, in the order of a filter. */
export const residualWindows: Op<ResidualWindowsAttributes> = {
  name: 'ResidualWindows',
  portable: ({ x }, { geometry, orders }) =>
    reconstruction(residualOrders(windowsOf(x as tf.Tensor4D, geometry), orders)),
};

/** {@link residualConv2d} as an op. It keeps `x` alone, for the windows are many times as large and soon made again. */
const residualConv2dOp: Op<ResidualWindowsAttributes> = {
  name: 'ResidualConv2D',
  portable({ x, filter }, attributes) {
    const [windows] = runOp(residualWindows, { x }, attributes);
    return conv2d(windows as tf.Tensor4D, tf.reshape(filter, [1, 1, -1, attributes.geometry.outChannels]));
  },
  gradient: {
    inputs: ['x', 'filter'],
    backward: (dy, [x, filter], { geometry, orders }) => ({
      x: () => {
        const [atWindows] = runOp(conv2dInputGradient, { dy, filter }, { geometry });
        return runOp(binarizeGradient, { dy: atWindows, x }, pm1)[0];
      },
      filter: () => {
        const [windows] = runOp(residualWindows, { x }, { geometry, orders });
        const { outChannels } = geometry;
        const rows = tf.reshape(windows, [-1, filter.size / outChannels]);
        return tf.reshape(tf.matMul(rows, tf.reshape(dy, [-1, outChannels]), true), filterShape(geometry));
      },
    }),
  },
};

/** The windows of a convolution laid side by side, `[N, H, W, C]` to `[N, H', W', kh * kw * C]` in the order of a filter `[kh, kw, C, out]`; taps outside are 0. */
export function windowsOf(x: tf.Tensor4D, g: Conv2dGeometry): tf.Tensor4D {
  const { batch, inChannels: channels, outHeight: rows, outWidth: columns } = g;
  // Padded to whole strides, so that every stride-th cell of a tap is a reshape and a slice.
  const needed = {
    rows: rows * g.strideHeight + g.dilationHeight * (g.kernelHeight - 1),
    columns: columns * g.strideWidth + g.dilationWidth * (g.kernelWidth - 1),
  };
  const padded = tf.pad(x, [
    [0, 0],
    [g.padTop, Math.max(0, needed.rows - g.inHeight - g.padTop)],
    [g.padLeft, Math.max(0, needed.columns - g.inWidth - g.padLeft)],
    [0, 0],
  ]);
  const taps: tf.Tensor[] = [];
  for (let i = 0; i < g.kernelHeight; i++) {
    for (let j = 0; j < g.kernelWidth; j++) {
      const from = [0, i * g.dilationHeight, j * g.dilationWidth, 0];
      const tap = tf.slice(padded, from, [batch, rows * g.strideHeight, columns * g.strideWidth, channels]);
      const cells = tf.reshape(tap, [batch, rows, g.strideHeight, columns, g.strideWidth * channels]);
      const first = tf.slice(cells, [0, 0, 0, 0, 0], [batch, rows, 1, columns, channels]);
      taps.push(tf.reshape(first, [batch, rows, columns, channels]));
    }
  }
  return tf.concat(taps, 3) as tf.Tensor4D;
}
