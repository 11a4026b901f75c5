import { OnebitError } from '@onebit/common';
import type { ModuleBuilder } from '@onebit/nn';
import { type BlockOptions, ResidualBlock, residualStyle } from './block.js';
import { Bottleneck, bottleneckExpansion, bottleneckStyle } from './bottleneck.js';
import { GroupBlock } from './group-net/group-block.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { type Place, StagedBackbone } from './staged.js';
import { placeStem, type StemKind } from './stem.js';

export interface ResNetOptions extends BackboneOptions {
  /** Default `imagenet`. */
  readonly stem?: StemKind;
  /** Multiplies the channels of each stage beside `width`, one positive number a stage; the stem has the channels of the first. Default: 1 everywhere. */
  readonly stageWidths?: readonly number[];
}

/** Blocks and channels (at width 1) of each stage; of bottlenecks the channels of the 3x3 convolution. */
export interface ResNetLayout {
  readonly block: 'basic' | 'bottleneck';
  readonly blocks: readonly number[];
  readonly channels: readonly number[];
}

/** Channels at width 1 (He et al. 2016, arXiv 1512.03385, table 1). */
const channels = [64, 128, 256, 512] as const;

/** ResNet-18 (same table), float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return buildResNet('resnet18', { block: 'basic', blocks: [2, 2, 2, 2], channels }, options);
}

/** ResNet-34 (same table), float or binary as the plan says. Children `stem`, `stage1` ... `stage4`. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return buildResNet('resnet34', { block: 'basic', blocks: [3, 4, 6, 3], channels }, options);
}

/** ResNet-50 (same table) with the stride in the 3x3 convolutions, float or binary as the plan says (see `Bottleneck`). Children `stem`, `stage1` ... `stage4`. */
export function resnet50(options: ResNetOptions = {}): ResNet {
  return buildResNet('resnet50', { block: 'bottleneck', blocks: [3, 4, 6, 3], channels }, options);
}

/** A residual network of any layout; `where` names it in errors. */
export function buildResNet(where: string, layout: ResNetLayout, options: ResNetOptions): ResNet {
  return buildBackbone(where, options, (builder) => new ResNet(where, builder, layout, options));
}

/** Channels of each stage; of bottlenecks those of the 3x3 convolution. */
function resnetChannels(
  where: string,
  { channels: counts }: ResNetLayout,
  width: number,
  stageWidths: readonly number[] = counts.map(() => 1),
): number[] {
  if (
    stageWidths.length !== counts.length ||
    !stageWidths.every((factor) => factor > 0 && factor < Number.POSITIVE_INFINITY)
  ) {
    throw new OnebitError(
      'ERR_USAGE',
      `${where}: stageWidths must be ${counts.length} positive numbers, one a stage, got [${stageWidths.join(', ')}]`,
    );
  }
  return counts.map((count, stage) => scaledChannels(where, count, width * stageWidths[stage]));
}

const blockKinds = {
  basic: { type: ResidualBlock, expansion: 1, styleOf: residualStyle },
  bottleneck: { type: Bottleneck, expansion: bottleneckExpansion, styleOf: bottleneckStyle },
} as const;

/** Places a residual block of a kind. */
export function placeResidual(
  kind: ResNetLayout['block'],
  options: Pick<BlockOptions, 'outChannels' | 'stride' | 'style'>,
): Place {
  return (builder, input) => {
    const { type: Block, styleOf } = blockKinds[kind];
    const style = options.style ?? styleOf(builder);
    const blockOptions = { ...options, style, inChannels: input.channels, nonNegativeInput: input.nonNegative };
    const output = { channels: options.outChannels, stride: input.stride * options.stride };
    if (style === 'group' && kind === 'basic') {
      const module = new GroupBlock(builder, { ...blockOptions, branchesBefore: input.branches });
      return { module, output: { ...output, nonNegative: false, branches: module.branchesAfter } };
    }
    const module = new Block(builder, blockOptions);
    return { module, output: { ...output, nonNegative: module.nonNegativeOutput } };
  };
}

/** A residual network without classifier: `[N, H, W, C]` to the map of each stage, `stage1` and so on. */
export class ResNet extends StagedBackbone {
  constructor(where: string, builder: ModuleBuilder, layout: ResNetLayout, options: ResNetOptions) {
    const { width = 1, inChannels = 3, stem: kind = 'imagenet', style } = options;
    const { expansion, styleOf } = blockKinds[layout.block];
    const scaled = resnetChannels(where, layout, width, options.stageWidths);
    const firstStyle = style ?? styleOf(builder.scope('stage1').scope('0'));
    const stem = placeStem(builder, { kind, inChannels, outChannels: scaled[0], style: firstStyle });
    const stages = layout.blocks.map((count, index) => ({
      name: `stage${index + 1}`,
      place: Array.from({ length: count }, (_, i) => {
        const stride = i === 0 && index > 0 ? 2 : 1;
        return placeResidual(layout.block, { outChannels: expansion * scaled[index], stride, style });
      }),
    }));
    super(builder, stem, stages);
  }
}
