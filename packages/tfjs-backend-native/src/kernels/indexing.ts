import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import type { PooledArray, PooledType } from '../buffer-pool.js';
import { kernel, type NativeKernel } from '../kernel.js';

const size = (shape: readonly number[]) => tf.util.sizeFromShape(shape as number[]);

function isPooled(dtype: tf.DataType): dtype is PooledType {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

function filled(b: NativeBackend, shape: readonly number[], dtype: PooledType, value: number): tf.TensorInfo {
  const y = b.output(shape, dtype);
  b.native.fill(y.values, value);
  return y.info;
}

/** Reads and sums by index, and constants. */
export const indexingKernels: readonly NativeKernel[] = [
  kernel<{ axis: number; batchDims: number }>(tf.GatherV2, (b, { x, indices }, { axis, batchDims }) => {
    const picks = b.values(indices, 'int32');
    if (!isPooled(x.dtype) || picks === undefined || batchDims !== 0) return undefined;
    const values = b.values(x, x.dtype);
    if (values === undefined) return undefined;
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 1)];
    const y = b.output([...before, ...indices.shape, ...after], x.dtype);
    if (y.values.length > 0) {
      b.native.gather<PooledArray>(values, size(before), x.shape[at], size(after), picks, y.values);
    }
    return y.info;
  }),
  kernel<{ numSegments: number }>(tf.UnsortedSegmentSum, (b, { x, segmentIds }, { numSegments }) => {
    const [values, ids] = [b.values(x, 'float32'), b.values(segmentIds, 'int32')];
    if (values === undefined || ids === undefined || segmentIds.shape.length !== 1) return undefined;
    const inner = x.shape.slice(1);
    const y = b.output([numSegments, ...inner], 'float32');
    b.native.unsortedSegmentSum(values, ids, numSegments, size(inner), y.values);
    return y.info;
  }),
  kernel<{ depth: number; onValue: number; offValue: number; dtype: tf.DataType }>(tf.OneHot, (b, { indices }, a) => {
    const values = b.values(indices, 'int32');
    if (values === undefined || !isPooled(a.dtype)) return undefined;
    const y = b.output([...indices.shape, a.depth], a.dtype);
    b.native.oneHot(values, a.depth, a.onValue, a.offValue, y.values);
    return y.info;
  }),
  kernel<{ shape: number[]; value: number | string; dtype?: tf.DataType }>(
    tf.Fill,
    (b, _inputs, { shape, value, dtype = 'float32' }) =>
      typeof value === 'number' && isPooled(dtype) ? filled(b, shape, dtype, value) : undefined,
  ),
  kernel(tf.ZerosLike, (b, { x }) => (isPooled(x.dtype) ? filled(b, x.shape, x.dtype, 0) : undefined)),
  kernel(tf.OnesLike, (b, { x }) => (isPooled(x.dtype) ? filled(b, x.shape, x.dtype, 1) : undefined)),
];
