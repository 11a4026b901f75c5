import { BatchNorm, type ForwardContext, MaxPool, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Placed } from './staged.js';
import type { Conv } from './units/unit.js';

/** A 3x3 or 1x1 convolution of a {@link ConvStem}, with batch normalisation behind it. */
interface StemConv {
  readonly outChannels: number;
  readonly kernelSize: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly groups?: number;
  readonly activation: 'relu' | 'none';
}

export interface ConvStemOptions {
  readonly inChannels: number;
  readonly convolutions: readonly StemConv[];
  /** True: a 3x3 max-pool at stride 2 ends it. Default false. */
  readonly pool?: boolean;
}

/** Makes a stem of several convolutions under its usual name. */
export function placeConvStem(builder: ModuleBuilder, options: ConvStemOptions): Placed {
  const module = new ConvStem(builder.scope('stem'), options);
  const { convolutions, pool = false } = options;
  const last = convolutions[convolutions.length - 1];
  const stride = convolutions.reduce((product, conv) => product * (conv.stride ?? 1), pool ? 2 : 1);
  return { module, output: { channels: last.outChannels, stride, nonNegative: last.activation === 'relu' } };
}

/** Convolutions with batch normalisation and a pool; children `conv1`, `bn1`, `conv2`, ... and `pool`. */
class ConvStem extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #steps: readonly { readonly conv: Conv; readonly bn: BatchNorm; readonly activation: 'relu' | 'none' }[];
  readonly #pool?: MaxPool;

  constructor(builder: ModuleBuilder, { inChannels, convolutions, pool = false }: ConvStemOptions) {
    super();
    this.#steps = convolutions.map(({ activation, ...options }, index) => {
      const inputs = index === 0 ? inChannels : convolutions[index - 1].outChannels;
      const name = `conv${index + 1}`;
      const conv = this.child(name, builder.conv(name, { ...options, inChannels: inputs }));
      const bn = this.child(`bn${index + 1}`, new BatchNorm({ channels: options.outChannels }));
      return { conv, bn, activation };
    });
    if (pool) this.#pool = this.child('pool', new MaxPool({ size: 3, stride: 2, padding: 1 }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const h = this.#steps.reduce((input, { conv, bn, activation }) => {
        return bn.forward(conv.forward(input, context), context, { activation });
      }, x);
      return this.#pool?.forward(h, context) ?? h;
    });
    return this.tapped(y, context);
  }
}
