import { type ForwardContext, type ModuleBuilder, Sequential } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import { Backbone, type FeatureInfo, type FeatureMaps } from './backbone.js';
import { blockStyle, ResidualBlock } from './block.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { Stem, type StemKind } from './stem.js';

export interface ResNetOptions extends BackboneOptions {
  /** Default `imagenet`. */
  readonly stem?: StemKind;
}

/** Blocks per stage (He et al. 2016, arXiv 1512.03385, table 1). */
const layouts = { resnet18: [2, 2, 2, 2], resnet34: [3, 4, 6, 3] } as const;

/** Channels of the four stages at width 1, same table. */
const stageChannels = [64, 128, 256, 512] as const;

/** ResNet-18, float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return build(layouts.resnet18, options);
}

/** ResNet-34, float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return build(layouts.resnet34, options);
}

function build(layout: readonly number[], options: ResNetOptions): ResNet {
  return buildBackbone('resnet', options, (builder) => new ResNet(builder, layout, options));
}

/** A residual network without classifier: `[N, H, W, C]` to the maps of stage1 to stage4. */
export class ResNet extends Backbone {
  readonly featureInfo: readonly FeatureInfo[];
  readonly stem: Stem;
  readonly #stages: readonly (readonly [string, Sequential])[];

  constructor(builder: ModuleBuilder, layout: readonly number[], options: ResNetOptions) {
    super();
    const { width = 1, inChannels = 3, stem: kind = 'imagenet', style } = options;
    const channels = stageChannels.map((count) => scaledChannels('resnet', count, width));
    const firstStyle = style ?? blockStyle(builder.scope('stage1').scope('0'));
    const stemOptions = { kind, inChannels, outChannels: channels[0], style: firstStyle };
    this.stem = this.child('stem', new Stem(builder.scope('stem'), stemOptions));

    const featureInfo: FeatureInfo[] = [];
    let before = { channels: channels[0], stride: this.stem.stride, nonNegative: this.stem.nonNegativeOutput };
    this.#stages = layout.map((count, index) => {
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
