import { tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

/**
 * Maxout of AdaBin (Tu et al. 2022, arXiv 2208.08084): `positive relu(x) - negative relu(-x)`, two trained slopes for each channel. Parameters `positive` (at first 1)
 * and `negative` (at first 0.25), each `[C]`.
 */
export class Maxout extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly positive: Parameter;
  readonly negative: Parameter;

  constructor({ channels }: { readonly channels: number }) {
    super();
    const make = (name: string, value: number) =>
      this.parameter(name, [channels], new Float32Array(channels).fill(value), { role: 'norm' });
    this.positive = make('positive', 1);
    this.negative = make('negative', 0.25);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const above = tf.mul(tf.relu(x), this.positive.variable);
      return tf.sub(above, tf.mul(tf.relu(tf.neg(x)), this.negative.variable)) as tf.Tensor4D;
    });
    return this.tapped(y, context);
  }
}
