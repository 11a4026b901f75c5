import type { NativeKernels } from '@onebit/kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type ReduceOp = Parameters<NativeKernels['reduce']>[0];

interface ReductionAttributes {
  readonly axis?: number | number[];
  /** What TensorFlow.js's Max calls its axis. */
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

const maxRank = 6;

function axesOf({ shape }: tf.TensorInfo, { axis, reductionIndices }: ReductionAttributes): number[] {
  return tf.util.parseAxisParam((reductionIndices ?? axis) as number | number[], shape);
}

function reducedShape({ shape }: tf.TensorInfo, axes: readonly number[], keepDims = false): number[] {
  return shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
}

function reduce(b: NativeBackend, op: ReduceOp, x: tf.TensorInfo, attributes: ReductionAttributes): KernelResult {
  const dtype = x.dtype === 'int32' && op !== 'mean' ? 'int32' : 'float32';
  const values = b.values(x, dtype);
  if (values === undefined || x.shape.length > maxRank) return undefined;
  const axes = axesOf(x, attributes);
  const y = b.output(reducedShape(x, axes, attributes.keepDims), dtype);
  b.native.reduce(op, values, x.shape, axes, y.values);
  return y.info;
}

function reduceBool(
  b: NativeBackend,
  op: 'any' | 'all',
  x: tf.TensorInfo,
  attributes: ReductionAttributes,
): KernelResult {
  const values = b.values(x, 'bool');
  if (values === undefined || x.shape.length > maxRank) return undefined;
  const axes = axesOf(x, attributes);
  const y = b.output(reducedShape(x, axes, attributes.keepDims), 'bool');
  b.native.reduceBool(op, values, x.shape, axes, y.values);
  return y.info;
}

function argReduce(
  b: NativeBackend,
  op: 'max' | 'min',
  x: tf.TensorInfo,
  attributes: ReductionAttributes,
): KernelResult {
  const values = x.dtype === 'int32' ? b.values(x, 'int32') : b.values(x, 'float32');
  if (values === undefined || values.length === 0) return undefined;
  const [axis] = axesOf(x, attributes);
  const y = b.output(reducedShape(x, [axis]), 'int32');
  b.native.argReduce(op, values, x.shape, axis, y.values);
  return y.info;
}

const reductions = { [tf.Sum]: 'sum', [tf.Mean]: 'mean', [tf.Max]: 'max', [tf.Min]: 'min', [tf.Prod]: 'prod' } as const;

/** Reductions over any axes. */
export const reductionKernels: readonly NativeKernel[] = [
  ...Object.entries(reductions).map(([name, op]) =>
    kernel<ReductionAttributes>(name, (b, { x }, attributes) => reduce(b, op, x, attributes)),
  ),
  kernel<ReductionAttributes>(tf.Any, (b, { x }, attributes) => reduceBool(b, 'any', x, attributes)),
  kernel<ReductionAttributes>(tf.All, (b, { x }, attributes) => reduceBool(b, 'all', x, attributes)),
  kernel<ReductionAttributes>(tf.ArgMax, (b, { x }, attributes) => argReduce(b, 'max', x, attributes)),
  kernel<ReductionAttributes>(tf.ArgMin, (b, { x }, attributes) => argReduce(b, 'min', x, attributes)),
];
