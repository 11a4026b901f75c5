import { BatchNorm, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { makeActivation } from './activation.js';
import type { BlockOptions } from './block.js';
import { type Downsample, downsampleOf } from './downsample.js';
import { blockStyle, isNonNegative, normEpsilon, type ResidualStyle, styles } from './style.js';
import { type UnitParts, unitForward } from './unit-forward.js';

/**
 * A 3x3 convolution with batch normalisation in the form of its method: the part that BiDet's VGG is made of (bidet.md section 3). Children `conv`, `bn`, where the
 * style trains its activation `act`, and, where size or channels change in a style with shortcuts, `downsample`.
 */
export class ConvUnit extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  readonly #parts: UnitParts;
  readonly #downsample?: Downsample;
  readonly #hasShortcut: boolean;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride, nonNegativeInput } = options;
    this.style = options.style ?? unitStyle(builder);
    const graph = styles[this.style];
    const after = graph.norm === 'after';
    const epsilon = normEpsilon(builder, ['conv']);
    const convOptions = { inChannels, outChannels, stride, kernelSize: 3 };
    const conv = builder.conv('conv', { ...convOptions, nonNegativeInput: nonNegativeInput === true && after });
    const norm = new BatchNorm({ channels: after ? outChannels : inChannels, epsilon });
    const activation = makeActivation(graph.activation, outChannels);
    this.#parts = { conv: this.child('conv', conv), norm: this.child('bn', norm), activation };
    if (activation.module !== undefined) this.child('act', activation.module);
    // The float twin keeps the shortcuts and has the activation that the sign replaces.
    this.#hasShortcut = graph.shortcuts === 'each' || this.style === 'float';
    if (!this.#hasShortcut) return;
    const form = graph.downsample;
    const downsample = downsampleOf(builder, { inChannels, outChannels, stride, form, epsilon, nonNegativeInput });
    if (downsample !== undefined) this.#downsample = this.child('downsample', downsample);
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return isNonNegative(this.style);
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const y = tf.tidy(() => {
      const shortcut = this.#hasShortcut ? (this.#downsample?.forward(x, context) ?? x) : undefined;
      return unitForward(this.#parts, styles[this.style], x, context, shortcut);
    });
    return this.tapped(y, context);
  }
}

/** The style that a unit takes from the plan. */
export function unitStyle(builder: ModuleBuilder): ResidualStyle {
  return blockStyle(builder, ['conv']);
}
