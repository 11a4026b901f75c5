import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import type { PooledArray, PooledType } from '../buffer-pool.js';
import { type KernelResult, kernel, type NativeKernel } from '../kernel.js';

/** The kernels move values through at most this many dimensions. */
const maxRank = 6;

/** A tensor of a type the kernels can move, with its values. */
interface Source {
  readonly dtype: PooledType;
  readonly values: PooledArray;
  readonly shape: number[];
}

function source(b: NativeBackend, x: tf.TensorInfo): Source | undefined {
  const { dtype, shape } = x;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return undefined;
  const values = b.values(x, dtype);
  return values === undefined || shape.length > maxRank ? undefined : { dtype, values, shape };
}

const size = (shape: readonly number[]) => tf.util.sizeFromShape(shape as number[]);

function slice(b: NativeBackend, x: Source, begin: readonly number[], sizes: readonly number[]): tf.TensorInfo {
  const y = b.output(sizes, x.dtype);
  // Scalars have nothing to cut; they go through as one element.
  if (sizes.length === 0) y.values[0] = x.values[0];
  else if (y.values.length > 0) b.native.slice<PooledArray>(x.values, x.shape, begin, sizes, y.values);
  return y.info;
}

/** Joins tensors whose dimensions before `axis` agree. */
function concat(b: NativeBackend, parts: readonly Source[], axis: number, shape: readonly number[]): tf.TensorInfo {
  const y = b.output(shape, parts[0].dtype);
  const widths = parts.map((part) => size(part.shape.slice(axis)));
  const outer = size(parts[0].shape.slice(0, axis));
  if (y.values.length > 0)
    b.native.concat<PooledArray>(
      parts.map(({ values }) => values),
      outer,
      widths,
      y.values,
    );
  return y.info;
}

function sources(b: NativeBackend, inputs: Record<string, tf.TensorInfo>): Source[] | undefined {
  const all = Object.values(inputs).map((input) => source(b, input));
  return all.every((part) => part !== undefined && part.dtype === all[0]?.dtype) ? (all as Source[]) : undefined;
}

/** Cuts along `axis` into parts of these sizes, each of shape `shapes[i]`. */
function cut(
  b: NativeBackend,
  x: Source,
  axis: number,
  sizes: readonly number[],
  shapes: readonly number[][],
): tf.TensorInfo[] {
  const [outer, inner] = [size(x.shape.slice(0, axis)), size(x.shape.slice(axis + 1))];
  const flat = { ...x, shape: [outer, x.shape[axis], inner] };
  let at = 0;
  return sizes.map((length, i) => {
    const part = slice(b, flat, [0, at, 0], [outer, length, inner]);
    at += length;
    return { ...part, shape: shapes[i] };
  });
}

function reversed(b: NativeBackend, x: Source, dims: number | number[]): KernelResult {
  const axes = tf.util.parseAxisParam(dims, x.shape);
  const begin = x.shape.map((length, i) => (axes.includes(i) ? length - 1 : 0));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  if (x.values.length === 0 || x.shape.length === 0) return undefined;
  const y = b.output(x.shape, x.dtype);
  b.native.stridedSlice<PooledArray>(x.values, x.shape, begin, strides, x.shape, y.values);
  return y.info;
}

interface StridedSliceAttributes {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

function stridedSlice(b: NativeBackend, x: Source, a: StridedSliceAttributes): KernelResult {
  const { finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
    x.shape,
    a.begin,
    a.end,
    a.strides,
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  const sizes = tf.slice_util.computeOutShape(begin, end, strides);
  if (sizes.length === 0 || size(sizes) === 0) return undefined;
  const y = b.output(sizes, x.dtype);
  b.native.stridedSlice<PooledArray>(x.values, x.shape, begin, strides, sizes, y.values);
  return { ...y.info, shape: finalShape };
}

/** Makes a kernel of one movable input. */
function moving<A>(
  name: string,
  run: (b: NativeBackend, x: Source, attributes: A) => KernelResult,
  input = 'x',
): NativeKernel {
  return kernel<A>(name, (b, inputs, attributes) => {
    const x = source(b, inputs[input]);
    return x === undefined ? undefined : run(b, x, attributes);
  });
}

/** Kernels that move, cut, join or repeat values, of float32, int32 and bool tensors. */
export const layoutKernels: readonly NativeKernel[] = [
  kernel(tf.Identity, (b, { x }) => b.alias(x)),
  kernel<{ shape: number[] }>(tf.Reshape, (b, { x }, { shape }) =>
    b.alias(x, tf.util.inferFromImplicitShape(shape, size(x.shape))),
  ),
  kernel<{ dim: number }>(tf.ExpandDims, (b, { input }, { dim }) => {
    const at = dim < 0 ? input.shape.length + 1 + dim : dim;
    return b.alias(input, [...input.shape.slice(0, at), 1, ...input.shape.slice(at)]);
  }),
  moving<{ perm: number[] }>(tf.Transpose, (b, x, { perm }) => {
    const y = b.output(
      perm.map((axis) => x.shape[axis]),
      x.dtype,
    );
    b.native.transpose<PooledArray>(x.values, x.shape, perm, y.values);
    return y.info;
  }),
  moving<{ reps: number[] }>(tf.Tile, (b, x, { reps }) => {
    if (x.shape.length === 0) return undefined;
    const y = b.output(
      x.shape.map((length, i) => length * reps[i]),
      x.dtype,
    );
    b.native.tile<PooledArray>(x.values, x.shape, reps, y.values);
    return y.info;
  }),
  moving<{ paddings: [number, number][]; constantValue: number }>(tf.PadV2, (b, x, { paddings, constantValue }) => {
    if (x.shape.length === 0) return undefined;
    const [before, after] = [paddings.map(([left]) => left), paddings.map(([, right]) => right)];
    const y = b.output(
      x.shape.map((length, i) => before[i] + length + after[i]),
      x.dtype,
    );
    b.native.pad<PooledArray>(x.values, x.shape, before, after, constantValue, y.values);
    return y.info;
  }),
  kernel<{ begin: number | number[]; size: number | number[] }>(tf.Slice, (b, { x }, attributes) => {
    const from = source(b, x);
    if (from === undefined) return undefined;
    const [begin, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, attributes.begin, attributes.size);
    tf.slice_util.assertParamsValid(x as tf.Tensor, begin, sizes);
    return slice(b, from, begin, sizes);
  }),
  moving<StridedSliceAttributes>(tf.StridedSlice, stridedSlice),
  moving<{ dims: number | number[] }>(tf.Reverse, (b, x, { dims }) => reversed(b, x, dims)),
  kernel<{ axis: number }>(tf.Concat, (b, inputs, attributes) => {
    const parts = sources(b, inputs);
    if (parts === undefined) return undefined;
    const axis = tf.util.parseAxisParam(attributes.axis, parts[0].shape)[0];
    const shape = tf.backend_util.computeOutShape(
      parts.map((part) => part.shape),
      axis,
    );
    return concat(
      b,
      parts.filter(({ values }) => values.length > 0).concat(size(shape) === 0 ? parts : []),
      axis,
      shape,
    );
  }),
  kernel<{ axis: number }>(tf.Pack, (b, inputs, { axis }) => {
    const parts = sources(b, inputs);
    if (parts === undefined) return undefined;
    const { shape } = parts[0];
    return concat(b, parts, axis, [...shape.slice(0, axis), parts.length, ...shape.slice(axis)]);
  }),
  moving<{ axis: number }>(
    tf.Unpack,
    (b, x, { axis }) => {
      const at = axis < 0 ? axis + x.shape.length : axis;
      const shape = [...x.shape.slice(0, at), ...x.shape.slice(at + 1)];
      const count = x.shape[at];
      return cut(b, x, at, Array(count).fill(1), Array(count).fill(shape));
    },
    'value',
  ),
  moving<{ numOrSizeSplits: number | number[]; axis: number }>(tf.SplitV, (b, x, { numOrSizeSplits, axis }) => {
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const sizes = tf.backend_util.prepareSplitSize({ shape: x.shape } as tf.Tensor, numOrSizeSplits, at);
    return cut(
      b,
      x,
      at,
      sizes,
      sizes.map((length) => x.shape.map((s, i) => (i === at ? length : s))),
    );
  }),
];
