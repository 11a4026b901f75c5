import * as tf from '@tensorflow/tfjs-core';
import { gradient } from './config.js';

interface Reduction {
  readonly axis: number | number[];
  readonly keepDims?: boolean;
}

/** `shape` with the reduced axes set to 1, so that a reduced tensor broadcasts against the input. */
function keptShape(shape: number[], axis: number | number[]): number[] {
  const axes = tf.util.parseAxisParam(axis, shape);
  return shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

/** Spreads a reduced gradient over the shape it was reduced from. */
function spread(dy: tf.Tensor, shape: number[], axis: number | number[]): tf.Tensor {
  if (shape.includes(0)) return tf.zeros(shape); // broadcastTo does not know empty tensors
  return tf.broadcastTo(tf.reshape(dy, keptShape(shape, axis)), shape);
}

/** Gradient of a minimum or maximum: shared equally among ties, so that it stays a subgradient whatever their number. */
function extremum(kernelName: string): tf.GradConfig {
  return gradient<{ reductionIndices?: number | number[]; axis?: number | number[] }>(kernelName, {
    inputs: ['x'],
    output: true,
    backward: (dy, [x, y], { reductionIndices, axis }) => ({
      x: () => {
        const axes = tf.util.parseAxisParam((reductionIndices ?? axis) as number | number[], x.shape);
        const kept = keptShape(x.shape, axes);
        const hit = tf.cast(tf.equal(x, tf.reshape(y, kept)), 'float32');
        return tf.mul(tf.div(tf.reshape(dy, kept), tf.sum(hit, axes, true)), hit);
      },
    }),
  });
}

/** Reductions over axes. */
export const reductionGradients: readonly tf.GradConfig[] = [
  gradient<Reduction>(tf.Sum, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], { axis }) => ({ x: () => spread(dy, x.shape, axis) }),
  }),
  gradient<Reduction>(tf.Mean, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], { axis }) => ({
      x: () => {
        const axes = tf.util.parseAxisParam(axis, x.shape);
        const count = tf.util.sizeFromShape(axes.map((i) => x.shape[i]));
        return spread(tf.div(dy, count), x.shape, axes);
      },
    }),
  }),
  extremum(tf.Max),
  extremum(tf.Min),
  gradient<Reduction>(tf.Prod, {
    inputs: ['x'],
    output: true,
    // y / x; undefined at an exact 0, where the field's frameworks differ too.
    backward: (dy, [x, y], { axis }) => ({
      x: () => tf.div(spread(tf.mul(dy, y), x.shape, axis), x),
    }),
  }),
  gradient<{ axis: number; exclusive: boolean; reverse: boolean }>(tf.Cumsum, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, _saved, { axis, exclusive, reverse }) => ({ x: () => tf.cumsum(dy, axis, exclusive, !reverse) }),
  }),
];
