import { tf } from '@onebit/ops';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';

/**
 * DPReLU of PokeBNN (Zhang et al. 2022, arXiv 2112.00133): `slope (x - shiftIn) - shiftOut`, the slope `positive` (at first 1) where x - shiftIn >= 0, else `negative` (at first 0.25). All
 * four parameters are `[C]`; both shifts are subtracted.
 */
export class DPRelu extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly shiftIn: Parameter;
  readonly positive: Parameter;
  readonly negative: Parameter;
  readonly shiftOut: Parameter;

  constructor({ channels }: { readonly channels: number }) {
    super();
    const make = (name: string, value: number) =>
      this.parameter(name, [channels], new Float32Array(channels).fill(value), { role: 'norm' });
    this.shiftIn = make('shiftIn', 0);
    this.positive = make('positive', 1);
    this.negative = make('negative', 0.25);
    this.shiftOut = make('shiftOut', 0);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const moved = tf.sub(x, this.shiftIn.variable);
      const above = tf.mul(tf.relu(moved), this.positive.variable);
      const below = tf.mul(tf.sub(moved, tf.relu(moved)), this.negative.variable);
      return tf.sub<tf.Tensor4D>(tf.add(above, below), this.shiftOut.variable);
    });
    return this.tapped(y, context);
  }
}
