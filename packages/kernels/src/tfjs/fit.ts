import * as tf from '@tensorflow/tfjs-core';

/** Rows and columns to add (positive) or to cut off (negative) on each side. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Extends `[N, H, W, C]` by `value`, or crops it where a margin is negative. */
export function fit(x: tf.Tensor4D, { top, bottom, left, right }: Margins, value = 0): tf.Tensor4D {
  const grow = (margin: number) => Math.max(0, margin);
  let result = x;
  if (top > 0 || bottom > 0 || left > 0 || right > 0) {
    result = tf.pad(
      result,
      [
        [0, 0],
        [grow(top), grow(bottom)],
        [grow(left), grow(right)],
        [0, 0],
      ],
      value,
    );
  }
  if (top < 0 || bottom < 0 || left < 0 || right < 0) {
    const [n, h, w, c] = result.shape;
    const cut = (margin: number) => Math.max(0, -margin);
    result = tf.slice(
      result,
      [0, cut(top), cut(left), 0],
      [n, h - cut(top) - cut(bottom), w - cut(left) - cut(right), c],
    );
  }
  return result;
}

/** Puts `stride - 1` zeros between neighbouring rows and columns: `[N, H, W, C]` to `[N, (H - 1) * sh + 1, (W - 1) * sw + 1, C]`. */
export function spreadOut(x: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  let result: tf.Tensor = x;
  if (strideHeight > 1) {
    result = tf.pad(tf.reshape(result, [n * h, 1, w * c]), [
      [0, 0],
      [0, strideHeight - 1],
      [0, 0],
    ]);
  }
  const rows = h * strideHeight;
  if (strideWidth > 1) {
    result = tf.pad(tf.reshape(result, [n * rows * w, 1, c]), [
      [0, 0],
      [0, strideWidth - 1],
      [0, 0],
    ]);
  }
  const spread = tf.reshape(result, [n, rows, w * strideWidth, c]) as tf.Tensor4D;
  return fit(spread, { top: 0, bottom: 1 - strideHeight, left: 0, right: 1 - strideWidth });
}
