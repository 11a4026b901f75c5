import { OnebitError, shapeError } from '@onebit/common';
import { type Conv2dGeometry, conv2dGeometry, type Padding } from '@onebit/kernels';
import type { GeometryAttributes } from '@onebit/kernels/tfjs';
import { explicitPadding, fit, type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link maxPool2d} and {@link avgPool2d}; one number stands for height and width. */
export interface PoolOptions {
  /** Window size. */
  readonly size: number | readonly [number, number];
  /** Default: the window size. */
  readonly stride?: number | readonly [number, number];
  /** Default `'valid'`. */
  readonly padding?: Padding;
  /** Rounds the output size up: a last window may hang over the border, if it begins inside the input or its first padding. Default false. */
  readonly ceilMode?: boolean;
}

/** The geometry of a pooling window over `[N, H, W, C]`; a window that hangs over in ceil mode counts as padding. */
function poolGeometry(where: string, input: readonly number[], options: PoolOptions): Conv2dGeometry {
  if (input.length !== 4) throw shapeError(where, 'x', '[N, H, W, C]', input);
  const { size, stride = size, padding = 'valid', ceilMode = false } = options;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  const filter = [height, width, 1, input[3]];
  const geometry = conv2dGeometry(input, filter, { strides: stride, padding, groups: input[3] });
  if (geometry.padTop >= height || geometry.padLeft >= width) {
    throw new OnebitError(
      'ERR_SHAPE',
      `${where}: padding must be smaller than the window ${height} x ${width}, or windows of padding alone appear; got ${geometry.padTop} and ${geometry.padLeft}`,
    );
  }
  if (!ceilMode) return geometry;
  const g = geometry;
  const vertical = roundedUp(g.inHeight, g.kernelHeight, g.strideHeight, g.padTop, g.padBottom);
  const horizontal = roundedUp(g.inWidth, g.kernelWidth, g.strideWidth, g.padLeft, g.padRight);
  return {
    ...geometry,
    outHeight: vertical.out,
    padBottom: vertical.after,
    outWidth: horizontal.out,
    padRight: horizontal.after,
  };
}

function roundedUp(size: number, kernel: number, stride: number, before: number, after: number) {
  let out = Math.ceil((size + before + after - kernel) / stride) + 1;
  if ((out - 1) * stride >= size + before) out -= 1; // a window of nothing but padding at the end is left out, as in PyTorch
  return { out, after: Math.max(after, (out - 1) * stride + kernel - size - before) };
}

/** Largest value of each window, `[N, H, W, C]` to `[N, H', W', C]`; padding never wins, and the first of equal values gets the gradient. */
export function maxPool2d(x: tf.Tensor4D, options: PoolOptions): tf.Tensor4D {
  const geometry = poolGeometry('maxPool2d', x.shape, options);
  return runOp(maxPool, { x }, { geometry })[0] as tf.Tensor4D;
}

/**
 * {@link maxPool2d} as an op: the result, and what {@link maxPoolGradient} of the same back end needs to find the cells it came from. Composed of
 * TensorFlow.js ops that is the input itself (no copy); a kernel keeps as little as a byte for each result.
 */
export const maxPool: Op<GeometryAttributes> = {
  name: 'MaxPool2D',
  portable: ({ x }, { geometry }) => [
    tf.engine().runKernel(tf.MaxPool, { x }, poolAttributes(geometry)),
    tf.engine().runKernel(tf.Identity, { x }),
  ],
  gradient: {
    inputs: [],
    outputs: [1],
    backward: (dy, [origins], { geometry }) => ({
      x: () => runOp(maxPoolGradient, { dy, origins }, { geometry })[0],
    }),
  },
};

/** dx of {@link maxPool} from `dy` and its second output, `origins`. */
export const maxPoolGradient: Op<GeometryAttributes> = {
  name: 'MaxPool2DGradient',
  portable({ dy, origins }, { geometry }) {
    const attributes = poolAttributes(geometry);
    const output: tf.Tensor = tf.engine().runKernel(tf.MaxPool, { x: origins }, attributes);
    return tf.engine().runKernel(tf.MaxPoolGrad, { dy, input: origins, output }, attributes);
  },
};

/** Attributes of TensorFlow.js's pooling kernels. */
function poolAttributes(g: Conv2dGeometry): tf.NamedAttrMap {
  const attributes = {
    filterSize: [g.kernelHeight, g.kernelWidth],
    strides: [g.strideHeight, g.strideWidth],
    pad: explicitPadding(g),
  };
  return attributes as unknown as tf.NamedAttrMap;
}

/** Mean of the cells of each window that lie inside the input, `[N, H, W, C]` to `[N, H', W', C]`. */
export function avgPool2d(x: tf.Tensor4D, options: PoolOptions): tf.Tensor4D {
  const geometry = poolGeometry('avgPool2d', x.shape, options);
  return runOp(averagePool, { x }, { geometry })[0] as tf.Tensor4D;
}

/** {@link avgPool2d} as an op. */
export const averagePool: Op<GeometryAttributes> = {
  name: 'AveragePool2D',
  portable({ x }, { geometry: g }) {
    const padded = fit(x as tf.Tensor4D, margins(g));
    return tf.mul(
      tf.avgPool(padded, [g.kernelHeight, g.kernelWidth], [g.strideHeight, g.strideWidth], 'valid'),
      correction(g),
    );
  },
  gradient: {
    inputs: [],
    backward: (dy, _saved, { geometry }) => ({ x: () => runOp(averagePoolGradient, { dy }, { geometry })[0] }),
  },
};

/** dx of {@link averagePool} from `dy`. */
export const averagePoolGradient: Op<GeometryAttributes> = {
  name: 'AveragePool2DGradient',
  portable({ dy }, { geometry: g }) {
    const { top, bottom, left, right } = margins(g);
    // Without padding TensorFlow.js's gradient is right; with it, it divides by the window size where the forward counted cells.
    const input = tf.zeros([g.batch, g.inHeight + top + bottom, g.inWidth + left + right, g.inChannels]);
    const attributes = {
      filterSize: [g.kernelHeight, g.kernelWidth],
      strides: [g.strideHeight, g.strideWidth],
      pad: 'valid',
    };
    const scaled = tf.mul(dy, correction(g));
    const gradient: tf.Tensor4D = tf.engine().runKernel(tf.AvgPoolGrad, { dy: scaled, input }, attributes);
    return fit(gradient, { top: -top, bottom: -bottom, left: -left, right: -right });
  },
};

/** What each side needs so that the last window ends exactly at the border; negative where trailing cells are not looked at. */
function margins(g: Conv2dGeometry) {
  return {
    top: g.padTop,
    bottom: (g.outHeight - 1) * g.strideHeight + g.kernelHeight - g.inHeight - g.padTop,
    left: g.padLeft,
    right: (g.outWidth - 1) * g.strideWidth + g.kernelWidth - g.inWidth - g.padLeft,
  };
}

/** `[1, H', W', 1]`: window size over number of valid cells. */
function correction(g: Conv2dGeometry): tf.Tensor {
  const rows = validCells(g.outHeight, g.strideHeight, g.padTop, g.kernelHeight, g.inHeight);
  const columns = validCells(g.outWidth, g.strideWidth, g.padLeft, g.kernelWidth, g.inWidth);
  const area = g.kernelHeight * g.kernelWidth;
  const values = rows.flatMap((row) => columns.map((column) => area / (row * column)));
  return tf.tensor(values, [1, g.outHeight, g.outWidth, 1]);
}

function validCells(out: number, stride: number, before: number, kernel: number, size: number): number[] {
  return Array.from({ length: out }, (_, i) => {
    const begin = i * stride - before;
    return Math.max(1, Math.min(size, begin + kernel) - Math.max(0, begin));
  });
}
