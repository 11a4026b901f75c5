import { tf } from '@onebit/ops';

/**
 * Means over a grid of `size` x `size` windows that cover a map `[N, H, W, C]` of any size, `[N, size, size, C]`: window i goes from cell floor(i H / size) to, without it,
 * ceil((i + 1) H / size). Windows overlap by a cell where `size` does not divide the length.
 */
export function gridMean(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  if (height === size && width === size) return x;
  // Each of the two steps brings the axis that it shrinks to the front: [H, N, W, C], then [W, N, size, C].
  const rows = meanOfFirst(tf.transpose(x, [1, 0, 2, 3]), size);
  const cells = meanOfFirst(tf.transpose(rows, [2, 1, 0, 3]), size);
  return tf.transpose(cells, [1, 2, 0, 3]);
}

/** `[L, ...]` to `[size, ...]`. */
function meanOfFirst(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [length, ...rest] = x.shape;
  const means = tf.matMul(windows(length, size), tf.reshape(x, [length, x.size / length]));
  return tf.reshape(means, [size, ...rest]);
}

/** `[size, length]`: row i has 1 / n at the n cells of window i. */
function windows(length: number, size: number): tf.Tensor2D {
  const values = new Float32Array(size * length);
  for (let i = 0; i < size; i++) {
    const [start, end] = [Math.floor((i * length) / size), Math.ceil(((i + 1) * length) / size)];
    values.fill(1 / (end - start), i * length + start, i * length + end);
  }
  return tf.tensor2d(values, [size, length]);
}
