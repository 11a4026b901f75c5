import type { Conv2dGeometry, NativeKernels } from '@onebit/kernels';
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type PoolGeometry = Parameters<NativeKernels['maxPool']>[0];

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The geometry of a TensorFlow.js pooling call, or undefined if it has windows of padding alone. */
function poolGeometry(shape: readonly number[], a: PoolAttributes): PoolGeometry | undefined {
  if (shape.length !== 4) return undefined;
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    a.filterSize,
    a.strides,
    1,
    a.pad,
    a.dimRoundingMode,
  );
  const geometry = {
    batch: info.batchSize,
    inHeight: info.inHeight,
    inWidth: info.inWidth,
    channels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    windowHeight: info.filterHeight,
    windowWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
  return everyWindowTouches(geometry) ? geometry : undefined;
}

function everyWindowTouches(g: PoolGeometry): boolean {
  return (
    g.padTop < g.windowHeight &&
    g.padLeft < g.windowWidth &&
    (g.outHeight - 1) * g.strideHeight - g.padTop < g.inHeight &&
    (g.outWidth - 1) * g.strideWidth - g.padLeft < g.inWidth
  );
}

function fromConvolution(g: Conv2dGeometry): PoolGeometry {
  return {
    batch: g.batch,
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    channels: g.inChannels,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    windowHeight: g.kernelHeight,
    windowWidth: g.kernelWidth,
    strideHeight: g.strideHeight,
    strideWidth: g.strideWidth,
    padTop: g.padTop,
    padLeft: g.padLeft,
  };
}

const inputShape = (g: PoolGeometry) => [g.batch, g.inHeight, g.inWidth, g.channels];
const outputShape = (g: PoolGeometry) => [g.batch, g.outHeight, g.outWidth, g.channels];

function forward(
  b: NativeBackend,
  kind: 'maxPool' | 'avgPool',
  x: tf.TensorInfo,
  g: PoolGeometry | undefined,
): KernelResult {
  const values = b.values(x, 'float32');
  if (values === undefined || g === undefined) return undefined;
  const y = b.output(outputShape(g), 'float32');
  b.native[kind](g, values, y.values);
  return y.info;
}

/** Cells of the largest window whose positions fit into a byte. */
const mostPositions = 255;

/** The positions of the largest cells, one byte each, are a tensor of type bool: the only one of TensorFlow.js with bytes. */
function maximum(b: NativeBackend, x: tf.TensorInfo, g: PoolGeometry): KernelResult {
  const values = b.values(x, 'float32');
  if (values === undefined || !everyWindowTouches(g) || g.windowHeight * g.windowWidth > mostPositions)
    return undefined;
  const shape = outputShape(g);
  const [y, positions] = [b.output(shape, 'float32'), b.output(shape, 'bool')];
  b.native.maxPoolPositions(g, values, y.values, positions.values);
  return [y.info, positions.info];
}

function maximumGradient(b: NativeBackend, dy: tf.TensorInfo, origins: tf.TensorInfo, g: PoolGeometry): KernelResult {
  const [upstream, positions] = [b.values(dy, 'float32'), b.values(origins, 'bool')];
  if (upstream === undefined || positions === undefined) return undefined;
  const dx = b.output(inputShape(g), 'float32');
  b.native.maxPoolScatter(g, upstream, positions, dx.values);
  return dx.info;
}

function averageGradient(b: NativeBackend, dy: tf.TensorInfo, g: PoolGeometry | undefined): KernelResult {
  const upstream = b.values(dy, 'float32');
  if (upstream === undefined || g === undefined) return undefined;
  const dx = b.output(inputShape(g), 'float32');
  b.native.avgPoolGradient(g, upstream, dx.values);
  return dx.info;
}

/** Pooling; the average divides by the number of valid cells forwards and backwards. */
export const poolingKernels: readonly NativeKernel[] = [
  kernel<PoolAttributes>(tf.MaxPool, (b, { x }, a) => forward(b, 'maxPool', x, poolGeometry(x.shape, a))),
  kernel<PoolAttributes>(tf.AvgPool, (b, { x }, a) => forward(b, 'avgPool', x, poolGeometry(x.shape, a))),
  kernel<PoolAttributes>(tf.MaxPoolGrad, (b, { dy, input }, a) => {
    const [upstream, x] = [b.values(dy, 'float32'), b.values(input, 'float32')];
    const g = poolGeometry(input.shape, a);
    if (upstream === undefined || x === undefined || g === undefined) return undefined;
    const dx = b.output(input.shape, 'float32');
    b.native.maxPoolGradient(g, upstream, x, dx.values);
    return dx.info;
  }),
  fused(maxPool, (b, { x }, { geometry }) => maximum(b, x, fromConvolution(geometry))),
  fused(maxPoolGradient, (b, { dy, origins }, { geometry }) =>
    maximumGradient(b, dy, origins, fromConvolution(geometry)),
  ),
  fused(averagePool, (b, { x }, { geometry }) => forward(b, 'avgPool', x, fromConvolution(geometry))),
  fused(averagePoolGradient, (b, { dy }, { geometry }) => averageGradient(b, dy, fromConvolution(geometry))),
];
