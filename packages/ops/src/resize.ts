import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Where the sample positions of a resized axis lie: `'half-pixel'` (pixel centres at i + 0.5), `'align-corners'` (first and last coincide), `'origin'` (TensorFlow's legacy form). */
export type ResizeAlignment = 'half-pixel' | 'align-corners' | 'origin';

/**
 * Bilinear resize of `[N, H, W, C]` to `[N, h, w, C]` with an exact gradient on every back end: portably two products with constant
 * interpolation matrices. Positions outside are clamped to the border; no antialiasing.
 */
export function resizeBilinear(
  x: tf.Tensor4D,
  [height, width]: readonly [number, number],
  alignment: Exclude<ResizeAlignment, 'origin'>,
): tf.Tensor4D {
  if (x.rank !== 4) throw shapeError('resizeBilinear', 'x', '[N, H, W, C]', x.shape);
  return runOp(resizeBilinearOp, { x }, { size: [height, width], alignment })[0] as tf.Tensor4D;
}

/** Attributes of the resize ops: the size of what they make. */
export interface ResizeAttributes {
  readonly size: readonly [number, number];
  readonly alignment: ResizeAlignment;
}

/** {@link resizeBilinear} as an op. */
export const resizeBilinearOp: Op<ResizeAttributes> = {
  name: 'ResizeBilinear2D',
  portable({ x }, { size: [height, width], alignment }) {
    const [, inHeight, inWidth] = x.shape;
    const rows = bilinearMatrix(inHeight, height, alignment);
    return interpolate(x as tf.Tensor4D, rows, bilinearMatrix(inWidth, width, alignment));
  },
  gradient: {
    inputs: ['x'],
    backward: (dy, [x], { alignment }) => ({ x: () => bilinearGradient(dy, x.shape, alignment) }),
  },
};

/** The transposed map: from `dy` `[N, h, w, C]` to dx of `size`. */
export const resizeBilinearGradient: Op<ResizeAttributes> = {
  name: 'ResizeBilinear2DGradient',
  portable({ dy }, { size: [height, width], alignment }) {
    const [, outHeight, outWidth] = dy.shape;
    const rows = tf.transpose(bilinearMatrix(height, outHeight, alignment));
    return interpolate(dy as tf.Tensor4D, rows, tf.transpose(bilinearMatrix(width, outWidth, alignment)));
  },
};

/** dx of shape `input` `[N, H, W, C]` of a bilinear resize. */
export function bilinearGradient(dy: tf.Tensor, input: readonly number[], alignment: ResizeAlignment): tf.Tensor {
  return runOp(resizeBilinearGradient, { dy }, { size: [input[1], input[2]], alignment })[0];
}

/** `rows` `[h, H]` and `columns` `[w, W]` applied to the axes of `[N, H, W, C]`: `[N, h, w, C]`. */
export function interpolate(x: tf.Tensor4D, rows: tf.Tensor2D, columns: tf.Tensor2D): tf.Tensor4D {
  const [n, inHeight, inWidth, c] = x.shape;
  const [height, width] = [rows.shape[0], columns.shape[0]];
  const tall = tf.matMul(tf.reshape(rows, [1, height, inHeight]), tf.reshape(x, [n, inHeight, inWidth * c]));
  const wide = tf.matMul(tf.reshape(columns, [1, width, inWidth]), tf.reshape(tall, [n * height, inWidth, c]));
  return tf.reshape(wide, [n, height, width, c]);
}

/** `[output, input]` weights of linear interpolation along one axis; every row sums to 1. */
function bilinearMatrix(input: number, output: number, alignment: ResizeAlignment): tf.Tensor2D {
  const matrix = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    const at = Math.min(Math.max(sourcePosition(i, input, output, alignment), 0), input - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, input - 1);
    matrix[i * input + low] += 1 - (at - low);
    matrix[i * input + high] += at - low;
  }
  return tf.tensor2d(matrix, [output, input]);
}

/** `[output, input]` selection matrix of nearest-neighbour resizing, with TensorFlow.js's rounding. */
export function nearestMatrix(input: number, output: number, alignCorners: boolean, halfPixel: boolean): tf.Tensor2D {
  const matrix = new Float32Array(output * input);
  const scale = alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
  for (let i = 0; i < output; i++) {
    const at = halfPixel ? scale * (i + 0.5) : scale * i;
    const nearest = alignCorners ? Math.round(at) : Math.floor(at);
    matrix[i * input + Math.min(input - 1, Math.max(0, nearest))] = 1;
  }
  return tf.tensor2d(matrix, [output, input]);
}

function sourcePosition(i: number, input: number, output: number, alignment: ResizeAlignment): number {
  if (alignment === 'half-pixel') return ((i + 0.5) * input) / output - 0.5;
  if (alignment === 'align-corners' && output > 1) return (i * (input - 1)) / (output - 1);
  return (i * input) / output;
}
