import { BatchNorm, type ForwardContext, MaxPool, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Place } from './staged.js';
import { placeNorm, placeRectifier } from './steps.js';
import { normEpsilon } from './style.js';
import type { Conv } from './units/unit.js';

/** A dense unit, which appends `growth` channels to its input (Bethge et al. 2019, arXiv 1906.08637). */
export function placeDense(growth: number, dilation: number): Place {
  return (builder, input) => {
    const module = new GrowthUnit(builder, { use: 'append', channels: input.channels, growth, dilation });
    return { module, output: { ...input, channels: input.channels + growth, nonNegative: false } };
  };
}

/** MeliusNet's improvement unit, which corrects the last `growth` channels of its input (Bethge et al. 2020, arXiv 2001.05936). */
export function placeImprovement(growth: number): Place {
  return (builder, input) => {
    const module = new GrowthUnit(builder, { use: 'improve', channels: input.channels, growth, dilation: 1 });
    return { module, output: { ...input, nonNegative: false } };
  };
}

interface GrowthOptions {
  /** `append`: the new channels stand behind those of the input; `improve`: they are added to its last ones. */
  readonly use: 'append' | 'improve';
  readonly channels: number;
  readonly growth: number;
  readonly dilation: number;
}

/** BN, the activation that the sign replaces where the plan leaves the convolution in float, 3x3 convolution to `growth` channels. Children `bn`, `conv`. */
class GrowthUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #options: GrowthOptions;
  readonly #activation: 'relu' | 'none';
  readonly #bn: BatchNorm;
  readonly #conv: Conv;

  constructor(builder: ModuleBuilder, options: GrowthOptions) {
    super();
    this.#options = options;
    const { channels, growth, dilation } = options;
    this.#activation = builder.precisionOf('conv') === 'fp32' ? 'relu' : 'none';
    this.#bn = this.child('bn', new BatchNorm({ channels, epsilon: normEpsilon(builder, ['conv']) }));
    const conv = { inChannels: channels, outChannels: growth, kernelSize: 3, dilation };
    this.#conv = this.child('conv', builder.conv('conv', conv));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const normalized = this.#bn.forward(x, context, { activation: this.#activation });
      const news = this.#conv.forward(normalized, context);
      const { use, growth } = this.#options;
      if (use === 'append') return tf.concat([x, news], 3);
      const [kept, improved] = tf.split(x, [x.shape[3] - growth, growth], 3);
      return tf.concat([kept, tf.add(improved, news)], 3) as tf.Tensor4D;
    });
    return this.tapped(y, context);
  }
}

export interface TransitionOptions {
  readonly outChannels: number;
  /** Size and stride of the max-pool; 1: none. */
  readonly stride: number;
}

/** What stands between two dense stages. */
export function placeTransition({ outChannels, stride }: TransitionOptions): Place {
  return (builder, input) => {
    const module = new Transition(builder, input.channels, { outChannels, stride });
    return { module, output: { channels: outChannels, stride: stride * input.stride, nonNegative: false } };
  };
}

/** BN, ReLU, max-pool, 1x1 convolution; children `bn`, `pool`, `conv`. */
class Transition extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #bn: BatchNorm;
  readonly #pool?: MaxPool;
  readonly #conv: Conv;

  constructor(builder: ModuleBuilder, inChannels: number, { outChannels, stride }: TransitionOptions) {
    super();
    this.#bn = this.child('bn', new BatchNorm({ channels: inChannels }));
    if (stride > 1) this.#pool = this.child('pool', new MaxPool({ size: stride, ceilMode: true }));
    const conv = { inChannels, outChannels, kernelSize: 1, nonNegativeInput: true };
    this.#conv = this.child('conv', builder.conv('conv', conv));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const h = this.#bn.forward(x, context, { activation: 'relu' });
      return this.#conv.forward(this.#pool?.forward(h, context) ?? h, context);
    });
    return this.tapped(y, context);
  }
}

/** Batch normalisation and ReLU behind the last unit of a dense net. */
export const placeDenseEnd: readonly Place[] = [placeNorm, placeRectifier];
