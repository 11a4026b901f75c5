import { tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

/**
 * RPReLU of ReActNet (Liu et al. 2020, arXiv 2003.03488, eq. 5) in the form of its released code: `prelu(x + shiftIn) + shiftOut`, so that
 * `shiftIn` is minus the paper's gamma. Parameters `shiftIn`, `alpha` (slopes below 0, at first 0.25), `shiftOut`, each `[C]`.
 */
export class RPRelu extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly shiftIn: Parameter;
  readonly alpha: Parameter;
  readonly shiftOut: Parameter;

  constructor({ channels }: { readonly channels: number }) {
    super();
    const make = (name: string, value: number) =>
      this.parameter(name, [channels], new Float32Array(channels).fill(value), { role: 'norm' });
    this.shiftIn = make('shiftIn', 0);
    this.alpha = make('alpha', 0.25);
    this.shiftOut = make('shiftOut', 0);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const bent = tf.prelu<tf.Tensor>(tf.add(x, this.shiftIn.variable), this.alpha.variable);
      return tf.add(bent, this.shiftOut.variable) as tf.Tensor4D;
    });
    return this.tapped(y, context);
  }
}
