import { l2Normalize, type tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

/** Sum under the root stays positive: bidet.md section 4.3. */
const epsilon = 1e-10;

/**
 * Scales each position of `[N, H, W, C]` to unit length over the channels, times a learned `weight` `[C]` (Liu et al. 2015, arXiv 1506.04579).
 * SSD starts the weight at 20.
 */
export class L2Norm extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly weight: Parameter;

  constructor({ channels, scale = 20 }: { readonly channels: number; readonly scale?: number }) {
    super();
    this.weight = this.parameter('weight', [channels], new Float32Array(channels).fill(scale), { role: 'norm' });
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(l2Normalize(x, this.weight.variable as tf.Tensor1D, epsilon), context);
  }
}
