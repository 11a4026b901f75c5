import { type ActivationQuantizer, binarize, binarizeGradient, estimators, runOp, tf } from '@onebit/ops';
import type { ConvGeometry } from '../layers/geometry.js';
import type { ActivationBinarizer } from './binarizer.js';
import { surrogate } from './surrogate.js';

/** The sign with the gradient 1[|x| <= 1]. */
const pm1: ActivationQuantizer = { levels: 'pm1', estimator: estimators.clip, signOfZero: 1 };

/** One order of a residual quantization. */
export interface ResidualOrder {
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

/**
 * Activations as a residual quantization of every window by itself, zero padding included, with the gradient g 1[|x| <= 1] at each entry of a window: the
 * paper's estimator is not to be had, and this is the straight-through one.
 */
export function residualSigns(orders: number): ActivationBinarizer {
  return {
    levels: `sum of ${orders} scaled signs for each window`,
    gradient: 'clip',
    // Signs beyond the first order depend on the window and can't be shared between windows.
    bits: 1,
    terms: orders,
    build:
      ({ geometry }) =>
      (x) => ({
        kind: 'windows',
        value: surrogate(
          windowsOf(x, geometry),
          (windows) => reconstruction(residualOrders(windows, orders)) as tf.Tensor4D,
          (windows, dy) => runOp(binarizeGradient, { dy, x: windows }, pm1)[0],
        ),
      }),
  };
}

/** The windows of a convolution laid side by side, `[N, H, W, C]` to `[N, H', W', kh * kw * C]` in the order of a filter `[kh, kw, C, out]`; taps outside are 0. */
export function windowsOf(x: tf.Tensor4D, { kernelSize, stride, dilation, padding }: ConvGeometry): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const span = kernelSize.map((size) => dilation * (size - 1));
  const rows = Math.floor((height + padding.top + padding.bottom - span[0] - 1) / stride) + 1;
  const columns = Math.floor((width + padding.left + padding.right - span[1] - 1) / stride) + 1;
  // Padded to whole strides, so that every stride-th cell of a tap is a reshape and a slice, whose gradients every back end has.
  const below = Math.max(0, rows * stride + span[0] - height - padding.top);
  const right = Math.max(0, columns * stride + span[1] - width - padding.left);
  const sides: [number, number][] = [
    [0, 0],
    [padding.top, below],
    [padding.left, right],
    [0, 0],
  ];
  const padded = tf.pad(x, sides);
  const taps: tf.Tensor[] = [];
  for (let i = 0; i < kernelSize[0]; i++) {
    for (let j = 0; j < kernelSize[1]; j++) {
      const from = [0, i * dilation, j * dilation, 0];
      const tap = tf.slice(padded, from, [batch, rows * stride, columns * stride, channels]);
      const cells = tf.reshape(tap, [batch, rows, stride, columns, stride * channels]);
      const first = tf.slice(cells, [0, 0, 0, 0, 0], [batch, rows, 1, columns, channels]);
      taps.push(tf.reshape(first, [batch, rows, columns, channels]));
    }
  }
  return tf.concat(taps, 3) as tf.Tensor4D;
}
