import { tf } from '@onebit/ops';
import { type InitialState, kaimingNormal } from '../initializers.js';
import { type ForwardContext, Module } from '../module.js';
import { Linear } from './linear.js';

/** How the last layer becomes a gate; `hard-sigmoid` is relu6(x + 3) / 6. */
export type GateKind = 'sigmoid' | 'hard-sigmoid';

export interface SqueezeExciteOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly gate: GateKind;
}

/** Input channels for each unit of the hidden layer, in the paper half as many, in BNext and PokeBNN these. */
const reduction = 8;

/**
 * Squeeze and excitation (Hu et al. 2018, arXiv 1709.01507, section 3): a gate in [0, 1] for each picture and channel, `[N, 1, 1, out]`, from the means of the channels of `[N, H, W, in]`.
 * Children `fc1`, `fc2`, both with bias.
 */
export class SqueezeExcite extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #fc1: Linear;
  readonly #fc2: Linear;
  readonly #gate: GateKind;

  constructor({ inChannels, outChannels, gate }: SqueezeExciteOptions, { seed, path }: InitialState) {
    super();
    const hidden = Math.max(1, Math.floor(inChannels / reduction));
    const linear = (name: string, from: number, to: number) =>
      this.child(
        name,
        new Linear(
          { inChannels: from, outChannels: to, initializer: kaimingNormal('in') },
          { seed, path: `${path}.${name}` },
        ),
      );
    this.#fc1 = linear('fc1', inChannels, hidden);
    this.#fc2 = linear('fc2', hidden, outChannels);
    this.#gate = gate;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const squeezed = tf.relu<tf.Tensor2D>(this.#fc1.forward(tf.mean<tf.Tensor2D>(x, [1, 2]), context));
      const excited = this.#fc2.forward(squeezed, context);
      const gate = this.#gate === 'sigmoid' ? tf.sigmoid(excited) : tf.div(tf.clipByValue(tf.add(excited, 3), 0, 6), 6);
      return tf.reshape<tf.Rank.R4>(gate, [x.shape[0], 1, 1, excited.shape[1]]);
    });
    return this.tapped(y, context);
  }
}
