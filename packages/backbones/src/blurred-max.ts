import { conv2d, maxPool2d, tf } from '@onebit/ops';

/** Binomial weights of the blur (Zhang 2019, arXiv 1904.11486, section 3). */
const binomial = [1, 2, 1];

/**
 * Maximum of 2x2 cells at every place, then a 3x3 blur at stride 2: `[N, H, W, C]` to `[N, ceil(H / 2), ceil(W / 2), C]`. For `x` without negative values, for which cells outside
 * count as 0.
 */
export function blurredMax(x: tf.Tensor4D): tf.Tensor4D {
  const padded = tf.pad(x, [
    [0, 0],
    [0, 1],
    [0, 1],
    [0, 0],
  ]);
  const largest = maxPool2d(padded, { size: 2, stride: 1, padding: 0, ceilMode: false });
  const taps = binomial.flatMap((row) => binomial.map((column) => (row * column) / 16));
  const filter = tf.tile(tf.tensor4d(taps, [3, 3, 1, 1]), [1, 1, 1, x.shape[3]]);
  const padding = { top: 1, bottom: 1, left: 1, right: 1 };
  return conv2d(largest, filter as tf.Tensor4D, { strides: 2, padding });
}
