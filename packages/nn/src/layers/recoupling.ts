import { tf } from '@onebit/ops';
import { surrogate } from '../binarizers/surrogate.js';
import type { InitialState } from '../initializers.js';
import { type ForwardContext, Module } from '../module.js';
import type { Parameter } from '../parameter.js';
import { SqueezeExcite } from './squeeze-excite.js';

/** Input and output of the binary convolution a {@link Recoupling} stands behind, both `[N, H, W, C]`. */
export interface RecoupledPair {
  readonly input: tf.Tensor4D;
  readonly output: tf.Tensor4D;
}

/**
 * Info-recoupling of BNext (Guo et al. 2022, arXiv 2211.12933; binarization-methods.md section 3.7): the output times a gate on `mix input + (1 - mix) output`, with `mix` `[C]` trained
 * between 0 and 1, at first 1/2. Parameter `mix`, child `gate`.
 */
export class Recoupling extends Module<RecoupledPair, tf.Tensor4D> {
  readonly mix: Parameter;
  readonly #gate: SqueezeExcite;

  constructor({ channels }: { readonly channels: number }, { seed, path }: InitialState) {
    super();
    this.mix = this.parameter('mix', [channels], new Float32Array(channels).fill(0.5), { role: 'norm' });
    const gate = { inChannels: channels, outChannels: channels, gate: 'sigmoid' } as const;
    this.#gate = this.child('gate', new SqueezeExcite(gate, { seed, path: `${path}.gate` }));
  }

  override forward({ input, output }: RecoupledPair, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      // Beyond the ends the value stays at them and the gradient leads back, as clipping after each update does.
      const mix = surrogate<tf.Tensor>(
        this.mix.variable,
        (value) => tf.clipByValue(value, 0, 1),
        (_, dy) => dy,
      );
      const mixed = tf.add(tf.mul(input, mix), tf.mul(output, tf.sub(1, mix)));
      return tf.mul<tf.Tensor4D>(output, this.#gate.forward(mixed as tf.Tensor4D, context));
    });
    return this.tapped(y, context);
  }
}
