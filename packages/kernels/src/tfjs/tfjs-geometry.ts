import type * as tf from '@tensorflow/tfjs-core';
import type { Conv2dGeometry, Padding } from '../geometry.js';
import { conv2dGeometry } from '../geometry.js';

/** The attributes with which TensorFlow.js calls its window kernels. */
export interface WindowAttributes {
  readonly strides: number | readonly [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | readonly [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Explicit padding as TensorFlow.js writes it for NHWC. */
export function explicitPadding(g: Conv2dGeometry): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [g.padTop, g.padBottom],
    [g.padLeft, g.padRight],
    [0, 0],
  ];
}

function padding(pad: WindowAttributes['pad']): Padding {
  if (!Array.isArray(pad)) return pad;
  const [, [top, bottom], [left, right]] = pad;
  return { top, bottom, left, right };
}

/** The geometry of a TensorFlow.js convolution or pooling kernel call. `output` `[N, H', W', O]` settles how sizes were rounded. */
export function geometryOf(
  input: readonly number[],
  filter: readonly number[],
  output: readonly number[],
  { strides, pad, dilations = 1 }: WindowAttributes,
): Conv2dGeometry {
  const geometry = conv2dGeometry(input, filter, {
    strides,
    dilations,
    padding: padding(pad),
    groups: input[3] / filter[2],
  });
  const [, outHeight, outWidth] = output;
  if (outHeight === geometry.outHeight && outWidth === geometry.outWidth) return geometry;
  // Rounded up (dimRoundingMode 'ceil' or 'round'): the last window hangs over the border by more rows or columns than were asked for.
  const over = (out: number, stride: number, kernel: number, dilation: number, size: number, before: number) =>
    (out - 1) * stride + (kernel - 1) * dilation + 1 - size - before;
  const g = geometry;
  return {
    ...g,
    outHeight,
    outWidth,
    padBottom: over(outHeight, g.strideHeight, g.kernelHeight, g.dilationHeight, g.inHeight, g.padTop),
    padRight: over(outWidth, g.strideWidth, g.kernelWidth, g.dilationWidth, g.inWidth, g.padLeft),
  };
}
