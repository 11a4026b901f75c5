import type { NativeKernels } from '@onebit/kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import type { PooledType } from '../buffer-pool.js';
import { type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type ArithmeticOp = Parameters<NativeKernels['arithmetic']>[0];
type CompareOp = Parameters<NativeKernels['compare']>[0];

/** The kernels follow broadcasting through at most this many dimensions. */
const maxRank = 6;

const arithmetic: Readonly<Record<string, ArithmeticOp>> = {
  [tf.Add]: 'add',
  [tf.Sub]: 'sub',
  [tf.Multiply]: 'multiply',
  [tf.RealDiv]: 'realDiv',
  [tf.SquaredDifference]: 'squaredDifference',
  [tf.Maximum]: 'maximum',
  [tf.Minimum]: 'minimum',
  [tf.Pow]: 'pow',
  [tf.FloorDiv]: 'floorDiv',
  [tf.Mod]: 'mod',
};
const withoutInteger: ReadonlySet<string> = new Set([tf.RealDiv, tf.Pow]);
/** TensorFlow.js's FloorDiv of floats gives int32, which the native one does not. */
const integerOnly: ReadonlySet<string> = new Set([tf.FloorDiv]);

const comparisons: Readonly<Record<string, CompareOp>> = {
  [tf.Greater]: 'greater',
  [tf.GreaterEqual]: 'greaterEqual',
  [tf.Less]: 'less',
  [tf.LessEqual]: 'lessEqual',
  [tf.Equal]: 'equal',
  [tf.NotEqual]: 'notEqual',
  [tf.LogicalAnd]: 'and',
  [tf.LogicalOr]: 'or',
};

function broadcastShape(a: tf.TensorInfo, b: tf.TensorInfo): number[] | undefined {
  if (a.shape.length > maxRank || b.shape.length > maxRank) return undefined;
  return tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
}

function calculate(
  backend: NativeBackend,
  name: string,
  op: ArithmeticOp,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
): KernelResult {
  const dtype = a.dtype === 'int32' && !withoutInteger.has(name) ? 'int32' : 'float32';
  const [left, right] = [backend.values(a, dtype), backend.values(b, dtype)];
  const shape = broadcastShape(a, b);
  if (left === undefined || right === undefined || shape === undefined) return undefined;
  if (dtype === 'float32' && integerOnly.has(name)) return undefined;
  const out = backend.output(shape, dtype);
  backend.native.arithmetic(op, left, a.shape, right, b.shape, out.values);
  return out.info;
}

function compare(backend: NativeBackend, op: CompareOp, a: tf.TensorInfo, b: tf.TensorInfo): KernelResult {
  if (a.dtype !== 'float32' && a.dtype !== 'int32' && a.dtype !== 'bool') return undefined;
  const dtype: PooledType = a.dtype;
  const [left, right] = [backend.values(a, dtype), backend.values(b, dtype)];
  const shape = broadcastShape(a, b);
  if (left === undefined || right === undefined || shape === undefined) return undefined;
  const out = backend.output(shape, 'bool');
  backend.native.compare(op, left, a.shape, right, b.shape, out.values);
  return out.info;
}

/** Functions of two tensors with general broadcasting. */
export const broadcastingKernels: readonly NativeKernel[] = [
  ...Object.entries(arithmetic).map(([name, op]) =>
    kernel(name, (backend, { a, b }) => calculate(backend, name, op, a, b)),
  ),
  kernel(tf.Prelu, (backend, { x, alpha }) => calculate(backend, tf.Prelu, 'prelu', x, alpha)),
  ...Object.entries(comparisons).map(([name, op]) => kernel(name, (backend, { a, b }) => compare(backend, op, a, b))),
  kernel(tf.Select, (backend, { condition, t, e }) => {
    const chosen = backend.values(condition, 'bool');
    if (t.dtype !== e.dtype || (t.dtype !== 'float32' && t.dtype !== 'int32' && t.dtype !== 'bool')) return undefined;
    const [whenTrue, whenFalse] = [backend.values(t, t.dtype), backend.values(e, t.dtype)];
    if (chosen === undefined || whenTrue === undefined || whenFalse === undefined || whenTrue.length === 0) {
      return undefined;
    }
    const out = backend.output(t.shape, t.dtype);
    backend.native.select<Float32Array | Int32Array | Uint8Array>(chosen, whenTrue, whenFalse, out.values);
    return out.info;
  }),
];
