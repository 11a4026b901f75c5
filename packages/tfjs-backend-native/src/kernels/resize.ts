import type { NativeKernels } from '@onebit/kernels';
import { type ResizeAlignment, resizeBilinearGradient, resizeBilinearOp } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

type Mode = Parameters<NativeKernels['resizeBilinear']>[1];

const modes: Record<ResizeAlignment, Mode> = {
  'half-pixel': 'half-pixel',
  'align-corners': 'align-corners',
  origin: 'asymmetric',
};

function resize(
  b: NativeBackend,
  x: tf.TensorInfo,
  [height, width]: readonly [number, number],
  mode: Mode,
): KernelResult {
  const values = b.values(x, 'float32');
  if (values === undefined || values.length === 0) return undefined;
  const [batch, inHeight, inWidth, channels] = x.shape;
  const y = b.output([batch, height, width, channels], 'float32');
  const geometry = { batch, inHeight, inWidth, channels, outHeight: height, outWidth: width };
  b.native.resizeBilinear(geometry, mode, values, y.values);
  return y.info;
}

interface TensorFlowResize {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
}

/** Bilinear resizing and its exact gradient. */
export const resizeKernels: readonly NativeKernel[] = [
  fused(resizeBilinearOp, (b, { x }, { size, alignment }) => resize(b, x, size, modes[alignment])),
  fused(resizeBilinearGradient, (b, { dy }, { size: [inHeight, inWidth], alignment }) => {
    const upstream = b.values(dy, 'float32');
    if (upstream === undefined || upstream.length === 0) return undefined;
    const [batch, outHeight, outWidth, channels] = dy.shape;
    const dx = b.output([batch, inHeight, inWidth, channels], 'float32');
    const geometry = { batch, inHeight, inWidth, channels, outHeight, outWidth };
    b.native.resizeBilinearGradient(geometry, modes[alignment], upstream, dx.values);
    return dx.info;
  }),
  kernel<TensorFlowResize>(tf.ResizeBilinear, (b, { images }, { size, alignCorners, halfPixelCenters }) => {
    if (alignCorners && halfPixelCenters) return undefined;
    return resize(b, images, size, halfPixelCenters ? 'half-pixel' : alignCorners ? 'align-corners' : 'asymmetric');
  }),
];
