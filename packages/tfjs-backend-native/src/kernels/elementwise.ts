import type { NativeKernels } from '@onebit/kernels';
import { globalNormOp, preluGradient, type SlopeAttributes, slopeGradient, smoothL1Op } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { PooledType } from '../buffer-pool.js';
import { fused, kernel, type NativeKernel } from '../kernel.js';

type UnaryOp = Parameters<NativeKernels['unary']>[0];

/** TensorFlow.js kernel to function; those of `integer` exist for int32 too. */
const functions: Readonly<Record<string, UnaryOp>> = {
  [tf.Abs]: 'abs',
  [tf.Neg]: 'neg',
  [tf.Square]: 'square',
  [tf.Sqrt]: 'sqrt',
  [tf.Rsqrt]: 'rsqrt',
  [tf.Reciprocal]: 'reciprocal',
  [tf.Sign]: 'sign',
  [tf.Floor]: 'floor',
  [tf.Ceil]: 'ceil',
  [tf.Round]: 'round',
  [tf.Exp]: 'exp',
  [tf.Expm1]: 'expm1',
  [tf.Log]: 'log',
  [tf.Log1p]: 'log1p',
  [tf.Tanh]: 'tanh',
  [tf.Sin]: 'sin',
  [tf.Cos]: 'cos',
  [tf.Sigmoid]: 'sigmoid',
  [tf.Softplus]: 'softplus',
  [tf.Relu]: 'relu',
  [tf.Relu6]: 'relu6',
  [tf.Elu]: 'elu',
};
const integer: ReadonlySet<string> = new Set([tf.Abs, tf.Neg, tf.Square, tf.Sign, tf.Relu, tf.Relu6]);

function unary<A = object>(name: string, op: UnaryOp, parameters: (attributes: A) => [number?, number?]): NativeKernel {
  return kernel<A>(name, (b, { x }, attributes) => {
    const dtype = x.dtype === 'int32' && integer.has(name) ? 'int32' : 'float32';
    const values = b.values(x, dtype);
    if (values === undefined) return undefined;
    const y = b.output(x.shape, dtype);
    b.native.unary(op, values, y.values, ...parameters(attributes));
    return y.info;
  });
}

const types: readonly PooledType[] = ['float32', 'int32', 'bool'];
const typeOf = ({ dtype }: tf.TensorInfo) => types.find((type) => type === dtype);

const tests = { [tf.IsNan]: 'isNaN', [tf.IsInf]: 'isInf', [tf.IsFinite]: 'isFinite', [tf.LogicalNot]: 'not' } as const;

/** Functions of one tensor, their gradients, and conversions. */
export const elementwiseKernels: readonly NativeKernel[] = [
  ...Object.entries(functions).map(([name, op]) => unary(name, op, () => [])),
  unary<{ alpha: number }>(tf.LeakyRelu, 'leakyRelu', ({ alpha }) => [alpha]),
  unary<{ alpha: number }>(tf.Step, 'step', ({ alpha }) => [alpha]),
  unary<{ clipValueMin: number; clipValueMax: number }>(tf.ClipByValue, 'clipByValue', (a) => [
    a.clipValueMin,
    a.clipValueMax,
  ]),
  { ...unary(smoothL1Op.name, 'smoothL1', () => []), op: smoothL1Op },
  fused<SlopeAttributes>(slopeGradient, (b, { dy, saved }, { slope, a, b: upper }) => {
    const [upstream, values] = [b.values(dy, 'float32'), b.values(saved, 'float32')];
    if (upstream === undefined || values === undefined) return undefined;
    const dx = b.output(dy.shape, 'float32');
    b.native.unaryGradient(slope, upstream, values, dx.values, a, upper);
    return dx.info;
  }),
  fused(preluGradient, (b, { dy, x, alpha }) => {
    const [upstream, input, slope] = [dy, x, alpha].map((t) => b.values(t, 'float32'));
    const channels = x.shape[x.shape.length - 1];
    const perChannel = alpha.shape[alpha.shape.length - 1] === channels && slope?.length === channels && channels > 0;
    if (upstream === undefined || input === undefined || slope === undefined || !perChannel) return undefined;
    const [dx, dAlpha] = [b.output(x.shape, 'float32'), b.output(alpha.shape, 'float32')];
    b.native.preluGradient(upstream, input, slope, dx.values, dAlpha.values);
    return [dx.info, dAlpha.info];
  }),
  ...Object.entries(tests).map(([name, op]) =>
    kernel(name, (b, { x }) => {
      const type = typeOf(x);
      const values = type === undefined ? undefined : b.values(x, type);
      if (values === undefined) return undefined;
      const y = b.output(x.shape, 'bool');
      b.native.test(op, values, y.values);
      return y.info;
    }),
  ),
  kernel<{ dtype: tf.DataType }>(tf.Cast, (b, { x }, { dtype }) => {
    if (x.dtype === dtype) return b.alias(x);
    const [from, to] = [typeOf(x), types.find((type) => type === dtype)];
    const values = from === undefined ? undefined : b.values(x, from);
    if (values === undefined || to === undefined) return undefined;
    const y = b.output(x.shape, to);
    b.native.cast(values, y.values);
    return y.info;
  }),
  kernel(tf.AddN, (b, inputs) => {
    const tensors = Object.values(inputs);
    const arrays = tensors.map((t) => b.values(t, 'float32'));
    if (!arrays.every((values) => values !== undefined)) return undefined;
    const y = b.output(tensors[0].shape, 'float32');
    b.native.addN(arrays, y.values);
    return y.info;
  }),
  fused(globalNormOp, (b, inputs) => {
    const arrays = Object.values(inputs).map((t) => b.values(t, 'float32'));
    if (!arrays.every((values) => values !== undefined)) return undefined;
    const y = b.output([], 'float32');
    y.values[0] = Math.sqrt(b.native.sumOfSquares(arrays));
    return y.info;
  }),
];
