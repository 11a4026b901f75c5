import * as tf from '@tensorflow/tfjs-core';
import { type GradientConfig, gradient, passed, sumTo } from './config.js';

const reshaped = (kernelName: string, input = 'x') =>
  gradient(kernelName, {
    inputs: [input],
    shapesOnly: true,
    backward: (dy, [x]) => ({ [input]: () => tf.reshape(dy, x.shape) }),
  });

/** Ops that move, cut, join or repeat elements. */
export const layoutGradients: readonly GradientConfig[] = [
  reshaped(tf.Reshape),
  reshaped(tf.ExpandDims, 'input'),
  gradient<{ perm: number[] }>(tf.Transpose, {
    backward: (dy, _saved, { perm }) => ({ x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm)) }),
  }),
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    shapesOnly: true,
    gradFunc: (dy, saved, attrs) => {
      const axis = tf.util.parseAxisParam((attrs as unknown as { axis: number }).axis, saved[0].shape)[0];
      let begin = 0;
      const gradients = saved.map((part) => {
        const from = part.shape.map((_, i) => (i === axis ? begin : 0));
        begin += part.shape[axis];
        return () => tf.slice(dy as tf.Tensor, from, part.shape);
      });
      return Object.fromEntries(gradients.map((part, i) => [String(i), part]));
    },
  },
  {
    kernelName: tf.SplitV,
    gradFunc: (dys, _saved, attrs) => ({
      x: () => tf.concat(Array.isArray(dys) ? dys : [dys], (attrs as unknown as { axis: number }).axis),
    }),
  },
  gradient<{ begin: number | number[]; size: number | number[] }>(tf.Slice, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], { begin, size }) => ({
      x: () => {
        const [from, sizes] = tf.slice_util.parseSliceParams(x, begin, size);
        return tf.pad(
          dy,
          from.map((at, i) => [at, x.shape[i] - at - sizes[i]] as [number, number]),
        );
      },
    }),
  }),
  gradient<{ paddings: [number, number][] }>(tf.PadV2, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], { paddings }) => ({
      x: () =>
        tf.slice(
          dy,
          paddings.map(([before]) => before),
          x.shape,
        ),
    }),
  }),
  gradient<{ reps: number[] }>(tf.Tile, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x], { reps }) => ({
      x: () => {
        // [r0 * d0, r1 * d1, …] seen as [r0, d0, r1, d1, …]: the copies are summed.
        const split = x.shape.flatMap((size, i) => [reps[i], size]);
        const copies = x.shape.map((_, i) => 2 * i);
        return tf.reshape(tf.sum(tf.reshape(dy, split), copies), x.shape);
      },
    }),
  }),
  gradient(tf.BroadcastTo, {
    inputs: ['x'],
    shapesOnly: true,
    backward: (dy, [x]) => ({ x: () => sumTo(dy, x.shape) }),
  }),
  {
    kernelName: tf.Pack,
    saveAllInputs: true,
    shapesOnly: true,
    gradFunc: (dy, saved, attrs) => {
      const { axis } = attrs as unknown as { axis: number };
      const parts = tf.unstack(dy as tf.Tensor, axis);
      return Object.fromEntries(saved.map((_, i) => [String(i), () => passed(parts[i])]));
    },
  },
  {
    kernelName: tf.Unpack,
    gradFunc: (dys, _saved, attrs) => ({
      value: () => tf.stack(Array.isArray(dys) ? dys : [dys], (attrs as unknown as { axis: number }).axis),
    }),
  },
  gradient<{ dims: number | number[] }>(tf.Reverse, {
    backward: (dy, _saved, { dims }) => ({ x: () => tf.reverse(dy, dims) }),
  }),
  gradient<{ blockShape: number[]; paddings: number[][] }>(tf.SpaceToBatchND, {
    backward: (dy, _saved, { blockShape, paddings }) => ({ x: () => tf.batchToSpaceND(dy, blockShape, paddings) }),
  }),
  gradient<{ blockShape: number[]; crops: number[][] }>(tf.BatchToSpaceND, {
    backward: (dy, _saved, { blockShape, crops }) => ({ x: () => tf.spaceToBatchND(dy, blockShape, crops) }),
  }),
];
