import { type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { BlockOptions } from './block.js';
import { type Downsample, downsampleOf } from './downsample.js';
import { weightlessShortcut } from './shortcut.js';
import { blockStyle, isNonNegative, normEpsilon, type ResidualStyle, styles } from './style.js';
import { makeUnit } from './units/make-unit.js';
import type { Unit } from './units/unit.js';

/** Channels of a block for each channel of its 3x3 convolution (He et al. 2016, arXiv 1512.03385, table 1). */
export const bottleneckExpansion = 4;

const convolutions = ['conv1', 'conv2', 'conv3'];

/** The style that a bottleneck takes from the plan. */
export function bottleneckStyle(builder: ModuleBuilder): ResidualStyle {
  return blockStyle(builder, convolutions);
}

/**
 * Residual block of a 1x1 convolution to a quarter of `outChannels`, a 3x3 one, where the stride is (as torchvision has it), and a 1x1 one back. Children `conv1`, `bn1`, ...
 * `conv3`, `bn3`, where the style trains its activations `act1` to `act3`, and, where size or channels change, `downsample`.
 *
 * In styles with a shortcut around every convolution the 3x3 one has its own (average-pooled where it strides) and the block's ends at the last; the first shrinks the channels and
 * has none (groupnet.md section 5.6). Bi-Real-50's second path of a quarter of the width, through all blocks, is nowhere described and is not built.
 */
export class Bottleneck extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  readonly #units: readonly [Unit, Unit, Unit];
  readonly #downsample?: Downsample;
  readonly #stride: number;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride, nonNegativeInput } = options;
    this.style = options.style ?? bottleneckStyle(builder);
    this.#stride = stride;
    const inner = outChannels / bottleneckExpansion;
    const epsilon = normEpsilon(builder, convolutions);
    const unit = (
      index: number,
      conv: { inChannels: number; outChannels: number; kernelSize: number; stride: number },
    ) => {
      const nonNegative = index === 1 ? nonNegativeInput : isNonNegative(this.style);
      const common = { nonNegativeInput: nonNegative, style: this.style, epsilon, suffix: String(index) };
      return makeUnit(builder, { ...conv, ...common, last: index === 3 }, (name, module) => this.child(name, module));
    };
    this.#units = [
      unit(1, { inChannels, outChannels: inner, kernelSize: 1, stride: 1 }),
      unit(2, { inChannels: inner, outChannels: inner, kernelSize: 3, stride }),
      unit(3, { inChannels: inner, outChannels, kernelSize: 1, stride: 1 }),
    ];
    const form = styles[this.style].downsample;
    const downsample = downsampleOf(builder, { inChannels, outChannels, stride, form, epsilon, nonNegativeInput });
    if (downsample !== undefined) this.#downsample = this.child('downsample', downsample);
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return isNonNegative(this.style);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const graph = styles[this.style];
    const [first, second, third] = this.#units;
    const y = tf.tidy(() => {
      const shortcut = this.#downsample?.forward(x, context) ?? x;
      const h = first.forward(x, context);
      const around = graph.shortcuts === 'each' ? weightlessShortcut(h, h.shape[3], this.#stride) : undefined;
      return third.forward(second.forward(h, context, { unit: around }), context, { unit: shortcut, block: x });
    });
    return this.tapped(y, context);
  }
}
