import { BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type BlockOptions, blockStyle, normEpsilon, type ResidualStyle, shortcutUnit } from './block.js';
import { type Downsample, downsampleOf } from './downsample.js';

/**
 * A 3x3 convolution with batch normalisation in the form of its method: the part that BiDet's VGG is made of (bidet.md section 3). Children `conv`, `bn` and, where
 * size or channels change in a style with shortcuts, `downsample`.
 */
export class ConvUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  readonly conv: ReturnType<ModuleBuilder['conv']>;
  readonly bn: BatchNorm;
  readonly downsample?: Downsample;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride, nonNegativeInput } = options;
    this.style = options.style ?? unitStyle(builder);
    const normFirst = this.style === 'xnor-bsc';
    // What a ReLU hands over has no negative values: its sign would be +1 everywhere. Batch normalisation in between mends that.
    const levels = nonNegativeInput === true && !normFirst ? 'zero-one' : undefined;
    const epsilon = normEpsilon(builder, ['conv']);
    const conv = { inChannels, outChannels, stride, kernelSize: 3, padding: 1, levels } as const;
    this.conv = this.child('conv', builder.conv('conv', conv));
    this.bn = this.child('bn', new BatchNorm({ channels: normFirst ? inChannels : outChannels, epsilon }));
    if (normFirst || this.style === 'plain-cbs') return;
    const pooled = this.style === 'shortcut';
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

/** The style that a unit takes from the plan. */
export function unitStyle(builder: ModuleBuilder): ResidualStyle {
  return blockStyle(builder, ['conv']);
}

/** The graph of each style; S stands for the sign inside a binary convolution. */
const forwards: Record<ResidualStyle, (unit: ConvUnit, x: tf.Tensor4D, context: ForwardContext) => tf.Tensor4D> = {
  // conv, BN, +, ReLU: the float twin keeps the shortcuts and has the activation that the sign replaces
  float: (unit, x, context) => withShortcut(unit, x, context, 'relu'),
  // S conv BN + (Bi-Real, BiDet)
  shortcut: (unit, x, context) => withShortcut(unit, x, context),
  // S conv BN clip (BinaryNet.pytorch)
  'plain-cbs': ({ conv, bn }, x, context) => bn.forward(conv.forward(x, context), context, { activation: 'clip' }),
  // BN S conv (XNOR-Net)
  'xnor-bsc': ({ conv, bn }, x, context) => conv.forward(bn.forward(x, context), context),
};

function withShortcut(
  { conv, bn, downsample }: ConvUnit,
  x: tf.Tensor4D,
  context: ForwardContext,
  activation?: 'relu',
): tf.Tensor4D {
  return shortcutUnit({ conv, norm: bn, downsample }, x, context, activation);
}
