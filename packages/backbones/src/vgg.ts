import {
  BatchNorm,
  type BuilderConvOptions,
  type ForwardContext,
  MaxPool,
  Module,
  type ModuleBuilder,
  Sequential,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps } from './backbone.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { Stem } from './stem.js';
import { unitStyle } from './styled-conv.js';
import { ConvUnit } from './unit.js';

/**
 * Units and channels (at width 1) of each stage (bidet.md section 4.1): the convolutions of VGG-16, where one more at stride 2 takes the place of each of the first
 * four pools. The first convolution of all is the stem.
 */
const stages = [
  { units: 1, channels: 64 },
  { units: 3, channels: 128 },
  { units: 4, channels: 256 },
  { units: 4, channels: 512 },
  { units: 4, channels: 512 },
] as const;

/** Channels of `fc6` and `fc7` at width 1, same table. */
const lastChannels = 1024;

/** SSD's dilation of `fc6`, which keeps the field of view of VGG-16's first fully connected layer (Liu et al. 2016, arXiv 1512.02325). */
const fc6Dilation = 6;

/**
 * VGG-16 as BiDet restructured it for SSD300 (Wang et al. 2020, arXiv 2003.03961; bidet.md section 4.1), float or binary as the plan says. Children `stem`,
 * `stage1` ... `stage5`, `pool`, `fc6` (3x3, dilated), `fc7` (1x1). Maps: `stage4` at stride 8 and `fc7` at stride 16, the two that SSD reads.
 */
export function vgg16(options: BackboneOptions = {}): Vgg {
  return buildBackbone('vgg16', options, (builder) => new Vgg(builder, options));
}

/** See {@link vgg16}. */
export class Vgg extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  readonly stem: Stem;
  readonly #stages: readonly Sequential[];
  readonly #pool: MaxPool;
  readonly #fc6: ActivatedConv;
  readonly #fc7: ActivatedConv;

  constructor(builder: ModuleBuilder, { width = 1, inChannels = 3, style }: BackboneOptions) {
    super();
    const scaled = (count: number) => scaledChannels('vgg16', count, width);
    const firstStyle = style ?? unitStyle(builder.scope('stage1').scope('0'));
    const stem = { kind: 'full', inChannels, outChannels: scaled(stages[0].channels), style: firstStyle } as const;
    this.stem = this.child('stem', new Stem(builder.scope('stem'), stem));

    const outputs: { channels: number; nonNegative: boolean }[] = [];
    let before = { channels: stem.outChannels, nonNegative: this.stem.nonNegativeOutput };
    this.#stages = stages.map(({ units, channels }, index) => {
      const name = `stage${index + 1}`;
      const sequence = Array.from({ length: units }, (_, i) => {
        const unit = new ConvUnit(builder.scope(name).scope(String(i)), {
          inChannels: before.channels,
          outChannels: scaled(channels),
          stride: i === 0 && index > 0 ? 2 : 1,
          style,
          nonNegativeInput: before.nonNegative,
        });
        before = { channels: scaled(channels), nonNegative: unit.nonNegativeOutput };
        return unit;
      });
      outputs.push(before);
      return this.child(name, new Sequential(sequence));
    });

    const last = scaled(lastChannels);
    this.#pool = this.child('pool', new MaxPool({ size: 3, stride: 1, padding: 1 }));
    const fc6 = {
      inChannels: before.channels,
      outChannels: last,
      kernelSize: 3,
      dilation: fc6Dilation,
      nonNegativeInput: before.nonNegative,
    } as const;
    const fc7 = { inChannels: last, outChannels: last, kernelSize: 1, bias: true, nonNegativeInput: true } as const;
    this.#fc6 = this.child('fc6', new ActivatedConv(builder.scope('fc6'), fc6));
    this.#fc7 = this.child('fc7', new ActivatedConv(builder.scope('fc7'), fc7));
    this.featureInfo = [
      { name: 'stage4', ...outputs[3], stride: 8 },
      { name: 'fc7', channels: last, stride: 16, nonNegative: true },
    ];
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): FeatureMaps {
    const run = (y: tf.Tensor4D, ...steps: readonly Module<tf.Tensor4D, tf.Tensor4D>[]) =>
      steps.reduce((input, step) => step.forward(input, context), y);
    const stage4 = run(x, this.stem, ...this.#stages.slice(0, 4));
    return { stage4, fc7: run(stage4, this.#stages[4], this.#pool, this.#fc6, this.#fc7) };
  }
}

/** Convolution `conv`, batch normalisation `bn`, ReLU: the only ReLUs that BiDet's VGG has. */
class ActivatedConv extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #conv: ReturnType<ModuleBuilder['conv']>;
  readonly #bn: BatchNorm;

  constructor(builder: ModuleBuilder, options: BuilderConvOptions) {
    super();
    this.#conv = this.child('conv', builder.conv('conv', options));
    this.#bn = this.child('bn', new BatchNorm({ channels: options.outChannels }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => this.#bn.forward(this.#conv.forward(x, context), context, { activation: 'relu' }));
    return this.tapped(y, context);
  }
}
