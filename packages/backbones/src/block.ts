import {
  BatchNorm,
  type BlockStyle,
  type ForwardContext,
  Module,
  type ModuleBuilder,
  type ResolvedPrecision,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Downsample, downsampleOf } from './downsample.js';

/** A residual block of two 3x3 convolutions: the ReLU form of He et al. 2016, or the form a binarization method prescribes. */
export type ResidualStyle = 'float' | BlockStyle;

export interface BlockOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  /** Default: the style of the first binary convolution of the block, `float` where both are float. */
  readonly style?: ResidualStyle;
  /** True where the input comes out of a ReLU. */
  readonly nonNegativeInput?: boolean;
}

type Conv = ReturnType<ModuleBuilder['conv']>;

/**
 * One half of a residual block: BN(conv(x)) + shortcut(x), in one pass with the activation where one follows. In Bi-Real and BiDet nothing does (bidet.md
 * section 3).
 */
export function shortcutUnit(
  { conv, norm, downsample }: { readonly conv: Conv; readonly norm: BatchNorm; readonly downsample?: Downsample },
  x: tf.Tensor4D,
  context: ForwardContext,
  activation: 'none' | 'relu' = 'none',
): tf.Tensor4D {
  return tf.tidy(() => {
    const y = conv.forward(x, context);
    return norm.forward(y, context, { residual: downsample?.forward(x, context) ?? x, activation });
  });
}

/**
 * Residual block with children `conv1`, `bn1`, `conv2`, `bn2` and, where size or channels change, `downsample`; the same names in every style, so
 * that weights move between a network and its float twin. A convolution that the plan leaves in float keeps its place in the style's graph.
 */
export class ResidualBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  readonly conv1: Conv;
  readonly bn1: BatchNorm;
  readonly conv2: Conv;
  readonly bn2: BatchNorm;
  readonly downsample?: Downsample;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride } = options;
    this.style = options.style ?? blockStyle(builder);
    // What a ReLU hands over has no negative values: its sign would be +1 everywhere. Batch normalisation in between mends that.
    const nonNegative = options.nonNegativeInput === true;
    const levels1 = nonNegative && this.style !== 'xnor-bsc' ? 'zero-one' : undefined;
    const levels2 = this.style === 'float' ? 'zero-one' : undefined;
    const epsilon = normEpsilon(builder);
    const normFirst = this.style === 'xnor-bsc';
    const conv = { kernelSize: 3, padding: 1 };
    this.conv1 = this.child(
      'conv1',
      builder.conv('conv1', { ...conv, inChannels, outChannels, stride, levels: levels1 }),
    );
    this.bn1 = this.child('bn1', new BatchNorm({ channels: normFirst ? inChannels : outChannels, epsilon }));
    this.conv2 = this.child(
      'conv2',
      builder.conv('conv2', { ...conv, inChannels: outChannels, outChannels, levels: levels2 }),
    );
    this.bn2 = this.child('bn2', new BatchNorm({ channels: outChannels, epsilon }));
    const pooled = this.style === 'shortcut';
    const { nonNegativeInput } = options;
    const downsample = downsampleOf(builder, { inChannels, outChannels, stride, pooled, epsilon, nonNegativeInput });
    if (downsample !== undefined) this.downsample = this.child('downsample', downsample);
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return this.style === 'float';
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => forwards[this.style](this, x, context));
    return this.tapped(y, context);
  }
}

type BlockForward = (block: ResidualBlock, x: tf.Tensor4D, context: ForwardContext) => tf.Tensor4D;

const shortcut: BlockForward = ({ downsample }, x, context) => downsample?.forward(x, context) ?? x;

/** The graph of each style; S stands for the sign inside a binary convolution. */
const forwards: Record<ResidualStyle, BlockForward> = {
  // conv, BN, ReLU, conv, BN, +, ReLU (He et al. 2016, arXiv 1512.03385)
  float: (block, x, context) => {
    const { conv1, bn1, conv2, bn2 } = block;
    const h = bn1.forward(conv1.forward(x, context), context, { activation: 'relu' });
    const y = conv2.forward(h, context);
    return bn2.forward(y, context, { residual: shortcut(block, x, context), activation: 'relu' });
  },
  // S conv BN +, S conv BN + (Bi-Real, BiDet)
  shortcut: (block, x, context) => {
    const { conv1, bn1, conv2, bn2, downsample } = block;
    const h = shortcutUnit({ conv: conv1, norm: bn1, downsample }, x, context);
    return shortcutUnit({ conv: conv2, norm: bn2 }, h, context);
  },
  // S conv BN clip, S conv, + before BN, clip (BinaryNet.pytorch)
  'plain-cbs': (block, x, context) => {
    const h = block.bn1.forward(block.conv1.forward(x, context), context, { activation: 'clip' });
    const y = tf.add(block.conv2.forward(h, context), shortcut(block, x, context));
    return block.bn2.forward(y as tf.Tensor4D, context, { activation: 'clip' });
  },
  // BN S conv, BN S conv, + (XNOR-Net, pre-activation order)
  'xnor-bsc': (block, x, context) => {
    const h = block.conv1.forward(block.bn1.forward(x, context), context);
    const y = block.conv2.forward(block.bn2.forward(h, context), context);
    return tf.add(y, shortcut(block, x, context));
  },
};

const convolutions = ['conv1', 'conv2'];

/** The style that a block of these convolutions takes from the plan: that of the first binary one. */
export function blockStyle(builder: ModuleBuilder, names: readonly string[] = convolutions): ResidualStyle {
  return binaryOf(builder, names)?.block ?? 'float';
}

/** The epsilon of batch normalisation that the method of the block prescribes. */
export function normEpsilon(builder: ModuleBuilder, names: readonly string[] = convolutions): number | undefined {
  return binaryOf(builder, names)?.batchNormEpsilon;
}

function binaryOf(builder: ModuleBuilder, names: readonly string[]): Exclude<ResolvedPrecision, 'fp32'> | undefined {
  return names.map((name) => builder.precisionOf(name)).find((precision) => precision !== 'fp32');
}
