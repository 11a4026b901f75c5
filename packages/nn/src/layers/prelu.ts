import { type BatchNormActivation, tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

export interface PReluOptions {
  readonly channels: number;
  /** Slopes at the start; default 0.25, that of the paper. */
  readonly slope?: number;
}

/**
 * PReLU (He et al. 2015, arXiv 1502.01852): `x` at 0 and above, `alpha x` below, with a learned `alpha` `[C]` per channel. Behind a batch normalisation give
 * that the {@link PRelu.activation} instead, and one pass does both.
 */
export class PRelu extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly alpha: Parameter;

  constructor({ channels, slope = 0.25 }: PReluOptions) {
    super();
    // Like those of a normalisation, slopes are not decayed: that would draw them to the ReLU (section 2.1 of the paper).
    this.alpha = this.parameter('alpha', [channels], new Float32Array(channels).fill(slope), { role: 'norm' });
  }

  /** For the forward pass of a `BatchNorm` in front. */
  get activation(): BatchNormActivation {
    return { prelu: this.alpha.variable as tf.Tensor1D };
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(tf.prelu<tf.Tensor>(x, this.alpha.variable) as tf.Tensor4D, context);
  }
}
