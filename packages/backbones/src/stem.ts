import { BatchNorm, type ForwardContext, MaxPool, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Activation, type ActivationKind, isRectifier, makeActivation } from './activation.js';
import type { Placed } from './staged.js';
import { type ResidualStyle, styles } from './style.js';

/** Convolution and 3x3 max-pool at stride 2, if there is one. */
const stems = {
  imagenet: { kernelSize: 7, convStride: 2, pool: true },
  small: { kernelSize: 3, convStride: 2, pool: false },
  full: { kernelSize: 3, convStride: 1, pool: false },
  alexnet: { kernelSize: 11, convStride: 4, pool: true },
  nin: { kernelSize: 5, convStride: 1, pool: false },
} as const;

/**
 * `imagenet`: 7x7 convolution at stride 2 and 3x3 max-pool at stride 2. `small`, for small images: 3x3 convolution at stride 2, no pool. `full`: 3x3 convolution
 * at stride 1, no pool, as VGG begins.
 */
export type StemKind = 'imagenet' | 'small' | 'full';

export interface StemOptions {
  readonly kind: keyof typeof stems;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Style of the block that follows. */
  readonly style: ResidualStyle;
  /** Default: what the style expects in front of it. */
  readonly activation?: ActivationKind;
}

/** Makes the stem of a backbone under its usual name. */
export function placeStem(builder: ModuleBuilder, options: StemOptions): Placed {
  const module = new Stem(builder.scope('stem'), options);
  const { stride, nonNegativeOutput: nonNegative } = module;
  return { module, output: { channels: options.outChannels, stride, nonNegative } };
}

/** First layers of a backbone: convolution `conv`, batch normalisation `bn`, the activation of the style, and a max-pool. */
export class Stem extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly conv: ReturnType<ModuleBuilder['conv']>;
  readonly bn: BatchNorm;
  readonly pool?: MaxPool;
  /** Input pixels per cell of the output. */
  readonly stride: number;
  /** True where the output is the result of a ReLU. */
  readonly nonNegativeOutput: boolean;
  readonly #activation: Activation;
  readonly #poolFirst: boolean;

  constructor(builder: ModuleBuilder, { kind, inChannels, outChannels, style, ...options }: StemOptions) {
    super();
    const { kernelSize, convStride, pool } = stems[kind];
    this.stride = pool ? 2 * convStride : convStride;
    const activation = options.activation ?? styles[style].stem;
    this.#poolFirst = styles[style].stemOrder === 'pool-first';
    this.nonNegativeOutput = isRectifier(activation);
    this.conv = this.child('conv', builder.conv('conv', { inChannels, outChannels, kernelSize, stride: convStride }));
    this.bn = this.child('bn', new BatchNorm({ channels: outChannels }));
    this.#activation = makeActivation(activation, outChannels);
    if (this.#activation.module !== undefined) this.child('act', this.#activation.module);
    if (pool) this.pool = this.child('pool', new MaxPool({ size: 3, stride: 2, padding: 1 }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const { fused, apply } = this.#activation;
      const pooled = (map: tf.Tensor4D) => this.pool?.forward(map, context) ?? map;
      const normalized = (map: tf.Tensor4D) => {
        const y = this.bn.forward(map, context, { activation: fused });
        return fused === undefined ? apply(y, context) : y;
      };
      const y = this.conv.forward(x, context);
      return this.#poolFirst ? normalized(pooled(y)) : pooled(normalized(y));
    });
    return this.tapped(y, context);
  }
}
