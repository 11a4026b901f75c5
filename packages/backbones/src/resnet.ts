import { type ForwardContext, type ModuleBuilder, Sequential } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps } from './backbone.js';
import { ResidualBlock, residualStyle } from './block.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { Stem, type StemKind } from './stem.js';

export interface ResNetOptions extends BackboneOptions {
  /** Default `imagenet`. */
  readonly stem?: StemKind;
}

/** Blocks and channels (at width 1) of each stage. */
export interface ResNetLayout {
  readonly blocks: readonly number[];
  readonly channels: readonly number[];
}

/** ResNet-18 (He et al. 2016, arXiv 1512.03385, table 1), float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return buildResNet('resnet18', { blocks: [2, 2, 2, 2], channels: [64, 128, 256, 512] }, options);
}

/** ResNet-34 (same table), float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return buildResNet('resnet34', { blocks: [3, 4, 6, 3], channels: [64, 128, 256, 512] }, options);
}

/** A residual network of any layout; `where` names it in errors. */
export function buildResNet(where: string, layout: ResNetLayout, options: ResNetOptions): ResNet {
  return buildBackbone(where, options, (builder) => new ResNet(where, builder, layout, options));
}

/** A residual network without classifier: `[N, H, W, C]` to the map of each stage, `stage1` and so on. */
export class ResNet extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  readonly stem: Stem;
  readonly #stages: readonly (readonly [string, Sequential])[];

  constructor(where: string, builder: ModuleBuilder, layout: ResNetLayout, options: ResNetOptions) {
    super();
    const { width = 1, inChannels = 3, stem: kind = 'imagenet', style } = options;
    const channels = layout.channels.map((count) => scaledChannels(where, count, width));
    const firstStyle = style ?? residualStyle(builder.scope('stage1').scope('0'));
    const stemOptions = { kind, inChannels, outChannels: channels[0], style: firstStyle };
    this.stem = this.child('stem', new Stem(builder.scope('stem'), stemOptions));

    const featureInfo: FeatureInfo[] = [];
    let before = { channels: channels[0], stride: this.stem.stride, nonNegative: this.stem.nonNegativeOutput };
    this.#stages = layout.blocks.map((count, index) => {
      const name = `stage${index + 1}`;
      const blocks: ResidualBlock[] = [];
      for (let i = 0; i < count; i++) {
        const stride = i === 0 && index > 0 ? 2 : 1;
        const block = new ResidualBlock(builder.scope(name).scope(String(i)), {
          inChannels: before.channels,
          outChannels: channels[index],
          stride,
          style,
          nonNegativeInput: before.nonNegative,
        });
        blocks.push(block);
        before = { channels: channels[index], stride: before.stride * stride, nonNegative: block.nonNegativeOutput };
      }
      featureInfo.push({ name, ...before });
      return [name, this.child(name, new Sequential(blocks))] as const;
    });
    this.featureInfo = featureInfo;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): FeatureMaps {
    const maps: Record<string, tf.Tensor4D> = {};
    let y = this.stem.forward(x, context);
    for (const [name, stage] of this.#stages) {
      y = stage.forward(y, context);
      maps[name] = y;
    }
    return maps;
  }
}
