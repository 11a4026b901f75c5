import type { HiddenLayers } from './backbone.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { type Place, StagedBackbone } from './staged.js';
import { placeStem, type StemOptions } from './stem.js';
import type { ResidualStyle } from './style.js';
import { StyledConv, unitStyle } from './styled-conv.js';
import type { UnitPool } from './units/unit.js';

/** One convolution of a network without shortcuts; stride 1, the size is kept. */
interface PlainConv {
  readonly channels: number;
  readonly kernelSize: number;
  /** Halves the size behind the convolution. */
  readonly pool?: UnitPool;
}

interface PlainLayout {
  readonly stem: { readonly kind: StemOptions['kind']; readonly channels: number };
  readonly stages: readonly (readonly PlainConv[])[];
  readonly hidden?: HiddenLayers;
}

const overlapping = { kind: 'max', size: 3, stride: 2, padding: 1 } as const;
const halving = { kind: 'max', size: 2, stride: 2, ceilMode: true } as const;

/** XNOR-Net's AlexNet without groups: 96 to 256 channels and two fully connected layers of 4096 (binarization-methods.md section 2.2). */
const alexnetLayout: PlainLayout = {
  stem: { kind: 'alexnet', channels: 96 },
  stages: [
    [{ channels: 256, kernelSize: 5, pool: overlapping }],
    [
      { channels: 384, kernelSize: 3 },
      { channels: 384, kernelSize: 3 },
      { channels: 256, kernelSize: 3, pool: overlapping },
    ],
  ],
  hidden: { grid: 6, channels: [4096, 4096] },
};

/** Lin et al. 2014, arXiv 1312.4400, for CIFAR; the last 1x1 convolution is the classifier's linear layer, which commutes with the mean behind it. */
const ninLayout: PlainLayout = {
  stem: { kind: 'nin', channels: 192 },
  stages: [
    [
      { channels: 160, kernelSize: 1 },
      { channels: 96, kernelSize: 1, pool: overlapping },
    ],
    [
      { channels: 192, kernelSize: 5 },
      { channels: 192, kernelSize: 1 },
      { channels: 192, kernelSize: 1, pool: { ...overlapping, kind: 'average' } },
    ],
    [
      { channels: 192, kernelSize: 3 },
      { channels: 192, kernelSize: 1 },
    ],
  ],
};

/** BNN's network for CIFAR (Courbariaux et al. 2016, arXiv 1602.02830; section 2.1). */
const vggSmallLayout: PlainLayout = {
  stem: { kind: 'full', channels: 128 },
  stages: [
    [{ channels: 128, kernelSize: 3, pool: halving }],
    [
      { channels: 256, kernelSize: 3 },
      { channels: 256, kernelSize: 3, pool: halving },
    ],
    [
      { channels: 512, kernelSize: 3 },
      { channels: 512, kernelSize: 3, pool: halving },
    ],
  ],
  hidden: { grid: 4, channels: [1024, 1024] },
};

/**
 * AlexNet with batch normalisation as XNOR-Net and BNN+ binarized it, float or binary as the plan says. Children `stem` (11x11 at stride 4, pool), `stage1`, `stage2`; maps at strides
 * 16 and 32. Convolutions and pools are padded so that a map is ceil(input / stride) cells wide, where the original drops border cells.
 */
export function alexnet(options: BackboneOptions = {}): StagedBackbone {
  return build('alexnet', alexnetLayout, options);
}

/** Network in network for images of 32 x 32, float or binary as the plan says. Children `stem` (5x5), `stage1` ... `stage3`; maps at strides 2, 4, 4. */
export function nin(options: BackboneOptions = {}): StagedBackbone {
  return build('nin', ninLayout, options);
}

/** BNN's VGG for images of 32 x 32, float or binary as the plan says. Children `stem`, `stage1` ... `stage3`; maps at strides 2, 4, 8. */
export function vggSmall(options: BackboneOptions = {}): StagedBackbone {
  return build('vgg-small', vggSmallLayout, options);
}

function build(where: string, { stem, stages, hidden }: PlainLayout, options: BackboneOptions): StagedBackbone {
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3, style } = options;
    const scaled = (count: number) => scaledChannels(where, count, width);
    const firstStyle = style ?? unitStyle(builder.scope('stage1').scope('0'));
    const outChannels = scaled(stem.channels);
    const first = placeStem(builder, { kind: stem.kind, inChannels, outChannels, style: firstStyle });
    const rest = stages.map((convolutions, index) => ({
      name: `stage${index + 1}`,
      place: convolutions.map((conv) => placeConv({ ...conv, channels: scaled(conv.channels) }, style)),
    }));
    const hiddenLayers = hidden && { ...hidden, channels: hidden.channels.map(scaled) };
    return new StagedBackbone(builder, first, rest, hiddenLayers);
  });
}

function placeConv({ channels, kernelSize, pool }: PlainConv, style?: ResidualStyle): Place {
  return (builder, input) => {
    const conv = { inChannels: input.channels, outChannels: channels, kernelSize, nonNegativeInput: input.nonNegative };
    const module = new StyledConv(builder, { ...conv, pool, style });
    const stride = input.stride * (pool?.stride ?? 1);
    return { module, output: { channels, stride, nonNegative: module.nonNegativeOutput } };
  };
}
