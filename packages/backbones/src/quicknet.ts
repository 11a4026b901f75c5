import { BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { blurredMax } from './blurred-max.js';
import { placeConvStem } from './conv-stem.js';
import { type BackboneOptions, buildBackbone, scaledChannels } from './options.js';
import { type Place, type Placed, type Stage, StagedBackbone } from './staged.js';
import { placeRectifier } from './steps.js';
import { normEpsilon } from './style.js';
import type { Conv } from './units/unit.js';

/** Blocks have one form; a method gives the binarization alone. */
export type QuickNetOptions = Omit<BackboneOptions, 'style'>;

interface QuickNetLayout {
  readonly blocks: readonly number[];
  readonly channels: readonly number[];
}

/**
 * QuickNet (Bannink et al. 2020, arXiv 2011.09398; binarization-methods.md section 3.6), float or binary as the plan says. Children `stem`, `stage1`, `transition2`, `stage2` ... `stage4`;
 * maps of the stages at strides 4 to 32. As published with a plan of signs without scale whose border counts +1 and whose weights are clipped to 1.25:
 * `{ method: 'bnn', padValue: 1, clip: 1.25 }`.
 */
export function quicknet(options: QuickNetOptions = {}): StagedBackbone {
  return build('quicknet', { blocks: [4, 4, 4, 4], channels: [64, 128, 256, 512] }, options);
}

/** The smaller QuickNet, see {@link quicknet}. */
export function quicknetSmall(options: QuickNetOptions = {}): StagedBackbone {
  return build('quicknet-small', { blocks: [4, 4, 4, 4], channels: [32, 64, 256, 512] }, options);
}

/** The larger QuickNet, see {@link quicknet}. */
export function quicknetLarge(options: QuickNetOptions = {}): StagedBackbone {
  return build('quicknet-large', { blocks: [6, 8, 12, 6], channels: [64, 128, 256, 512] }, options);
}

function build(where: string, layout: QuickNetLayout, options: QuickNetOptions): StagedBackbone {
  return buildBackbone(where, options, (builder) => {
    const { width = 1, inChannels = 3 } = options;
    const scaled = layout.channels.map((count) => scaledChannels(where, count, width));
    const stages = layout.blocks.flatMap((count, index): Stage[] => {
      const name = `stage${index + 1}`;
      const blocks = Array<Place>(count).fill(placeResidual);
      const last = index === layout.blocks.length - 1 ? [placeRectifier] : [];
      const stage = { name, place: [...blocks, ...last] };
      if (index === 0) return [stage];
      return [{ name: `transition${index + 1}`, place: placeTransition(scaled[index]), inner: true }, stage];
    });
    return new StagedBackbone(builder, placeQuickStem(builder, inChannels, scaled[0]), stages);
  });
}

/** A 3x3 convolution to a quarter of the channels and a depthwise one, both at stride 2, then a 1x1 convolution. */
function placeQuickStem(builder: ModuleBuilder, inChannels: number, outChannels: number): Placed {
  const inner = outChannels / 4;
  return placeConvStem(builder, {
    inChannels,
    convolutions: [
      { outChannels: inner, kernelSize: 3, stride: 2, activation: 'relu' },
      { outChannels: inner, kernelSize: 3, stride: 2, groups: inner, activation: 'none' },
      { outChannels, kernelSize: 1, activation: 'none' },
    ],
  });
}

const placeResidual: Place = (builder, input) => {
  const module = new QuickResidual(builder, input.channels, input.nonNegative);
  return { module, output: { ...input, nonNegative: false } };
};

/** x + BN(ReLU(conv(x))) with a 3x3 convolution: the normalisation's shift makes the negative values. Children `conv`, `bn`. */
class QuickResidual extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #conv: Conv;
  readonly #bn: BatchNorm;

  constructor(builder: ModuleBuilder, channels: number, nonNegativeInput: boolean) {
    super();
    const conv = { inChannels: channels, outChannels: channels, kernelSize: 3, nonNegativeInput };
    this.#conv = this.child('conv', builder.conv('conv', conv));
    this.#bn = this.child('bn', new BatchNorm({ channels, epsilon: normEpsilon(builder, ['conv']) }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const h = tf.relu(this.#conv.forward(x, context));
      return this.#bn.forward(h, context, { residual: x });
    });
    return this.tapped(y, context);
  }
}

function placeTransition(outChannels: number): Place {
  return (builder, { channels, stride }) => {
    const module = new QuickTransition(builder, channels, outChannels);
    return { module, output: { channels: outChannels, stride: 2 * stride, nonNegative: false } };
  };
}

/** ReLU, 2x2 max-pool at stride 1, blur at stride 2, 1x1 convolution, batch normalisation; children `conv`, `bn`. */
class QuickTransition extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #conv: Conv;
  readonly #bn: BatchNorm;

  constructor(builder: ModuleBuilder, inChannels: number, outChannels: number) {
    super();
    this.#conv = this.child(
      'conv',
      builder.conv('conv', { inChannels, outChannels, kernelSize: 1, nonNegativeInput: true }),
    );
    this.#bn = this.child('bn', new BatchNorm({ channels: outChannels }));
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const pooled = blurredMax(tf.relu(x));
      return this.#bn.forward(this.#conv.forward(pooled, context), context);
    });
    return this.tapped(y, context);
  }
}
