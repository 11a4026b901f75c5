import * as tf from '@tensorflow/tfjs-core';
import { gradient, zeroGradient } from './config.js';

/** Indexed reads and sums. Indices have no gradient: theirs is zero. */
export const gatherGradients: readonly tf.GradConfig[] = [
  gradient<{ axis: number; batchDims: number }>(tf.GatherV2, {
    inputs: ['x', 'indices'],
    backward: (dy, [x, indices], { axis, batchDims }) => ({
      x: () => scatterSum(dy, x.shape, indices as tf.Tensor<tf.Rank>, axis, batchDims),
      indices: () => zeroGradient(indices.shape),
    }),
  }),
  gradient(tf.UnsortedSegmentSum, {
    inputs: ['segmentIds'],
    backward: (dy, [segmentIds]) => ({
      // Negative segment ids were left out of the sum.
      x: () => {
        const rows = tf.gather(dy, tf.cast(tf.maximum(segmentIds, 0), 'int32') as tf.Tensor1D);
        const kept = tf.reshape(tf.greaterEqual(segmentIds, 0), [segmentIds.size, ...dy.shape.slice(1).map(() => 1)]);
        return tf.mul(rows, tf.cast(kept, 'float32'));
      },
      segmentIds: () => zeroGradient(segmentIds.shape),
    }),
  }),
];

/** Adds the slices of `dy` to a zero tensor of `shape` at `indices` along `axis`, whose first `batchDims` dimensions are batches. */
function scatterSum(dy: tf.Tensor, shape: number[], indices: tf.Tensor, axis: number, batchDims: number): tf.Tensor {
  const size = tf.util.sizeFromShape;
  const at = axis < 0 ? axis + shape.length : axis;
  const batches = size(shape.slice(0, batchDims));
  const [outer, count, inner] = [size(shape.slice(batchDims, at)), shape[at], size(shape.slice(at + 1))];
  const picks = indices.size / Math.max(1, batches);
  const rows = tf.reshape(tf.transpose(tf.reshape(dy, [batches, outer, picks, inner]), [0, 2, 1, 3]), [
    batches * picks,
    outer * inner,
  ]);
  const segments = tf.reshape(segmentsOf(indices, batches, picks, count), [batches * picks]);
  const sums = tf.unsortedSegmentSum(rows, tf.cast(segments, 'int32') as tf.Tensor1D, batches * count);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batches, count, outer, inner]), [0, 2, 1, 3]), shape);
}

/** Indices `[batches, picks]` into the rows of all batches together. */
function segmentsOf(indices: tf.Tensor, batches: number, picks: number, count: number): tf.Tensor {
  if (batches === 1) return indices;
  const offsets = tf.mul(tf.range(0, batches, 1, 'int32'), tf.scalar(count, 'int32'));
  return tf.add(tf.reshape(indices, [batches, picks]), tf.reshape(offsets, [batches, 1]));
}
