import * as tf from '@tensorflow/tfjs-core';
import type { Conv2dGeometry, PadValue } from '../geometry.js';
import { type ActivationQuantizer, type WeightQuantizer, weightScalesOp } from './binarize.js';
import { runOp } from './op.js';

/** One of the binary convolutions whose sum {@link binaryConv2dSum} is. */
export interface BinaryConv2dTerm<T extends tf.Tensor = tf.Tensor4D> {
  /** Real activations `[N, H, W, C]`. */
  readonly x: T;
  /** Latent weights `[kh, kw, C / groups, O]`. */
  readonly w: T;
  /** A trained factor for each output channel, `[O]`, or for all, `[]` or `[1]`; it multiplies the scale of the weight quantizer. */
  readonly scale?: tf.Tensor;
}

/** Attributes of the binary convolution kernel. */
export interface BinaryConv2dAttributes {
  readonly geometry: Conv2dGeometry;
  readonly padValue: PadValue;
  readonly activation: ActivationQuantizer;
  readonly weight: WeightQuantizer;
  /** Whether a scale follows each pair of activations and weights. */
  readonly scaled: boolean;
}

/** The tensors of a kernel call, activations and weights (and scales) in turn, as terms. */
export function termsOf(tensors: readonly tf.Tensor[], scaled: boolean): BinaryConv2dTerm<tf.Tensor>[] {
  const each = scaled ? 3 : 2;
  return Array.from({ length: tensors.length / each }, (_, i) => {
    const [x, w, scale] = tensors.slice(i * each, (i + 1) * each);
    return { x, w, scale };
  });
}

/** What multiplies the whole sums, `[O]`: the scale of the weights, the trained scale, or the product of the two; undefined for 1. */
export function factorOf(w: tf.Tensor, scale: tf.Tensor | undefined, weight: WeightQuantizer): tf.Tensor | undefined {
  if (weight.scale === 'none' && scale === undefined) return undefined;
  const [scales] = runOp(weightScalesOp, { w }, weight);
  return scale === undefined ? scales : tf.mul(scales, scale);
}

/** The gradient `[O]` of the scales in the shape of `scale`. */
export function sumToScale(atScales: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return tf.reshape(scale.size === 1 ? tf.sum(atScales) : atScales, scale.shape);
}
