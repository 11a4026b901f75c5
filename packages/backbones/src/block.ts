import { type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Downsample, downsampleOf } from './downsample.js';
import { aggregateOf } from './group-net/group-maps.js';
import { blockStyle, isNonNegative, normEpsilon, type ResidualStyle, styles } from './style.js';
import { makeUnit } from './units/make-unit.js';
import type { Unit } from './units/unit.js';

export interface BlockOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  /** Default: the style of the first binary convolution of the block, `float` where both are float. */
  readonly style?: ResidualStyle;
  /** True where the input comes out of a ReLU. */
  readonly nonNegativeInput?: boolean;
}

const convolutions = ['conv1', 'conv2'];

/** The style that a block of two convolutions takes from the plan. */
export function residualStyle(builder: ModuleBuilder): ResidualStyle {
  return blockStyle(builder, convolutions);
}

/**
 * Residual block of two 3x3 convolutions with children `conv1`, `bn1`, `conv2`, `bn2`, where the style trains its activations `act1`, `act2`, and, where size or
 * channels change, `downsample`; the same names in every style, so that weights move between a network and its float twin. A convolution that the plan leaves in
 * float keeps its place in the style's graph.
 */
export class ResidualBlock extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  readonly #first: Unit;
  readonly #second: Unit;
  readonly #downsample?: Downsample;
  readonly #inChannels: number;

  constructor(builder: ModuleBuilder, options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride, nonNegativeInput } = options;
    this.#inChannels = inChannels;
    this.style = options.style ?? residualStyle(builder);
    const { downsample: form } = styles[this.style];
    const epsilon = normEpsilon(builder, convolutions);
    const unit = (index: number, inputs: number, unitStride: number, nonNegative: boolean): Unit => {
      const conv = {
        inChannels: inputs,
        outChannels,
        kernelSize: 3,
        stride: unitStride,
        nonNegativeInput: nonNegative,
      };
      const unitOptions = { ...conv, style: this.style, epsilon, suffix: String(index), last: index === 2 };
      return makeUnit(builder, unitOptions, (name, module) => this.child(name, module));
    };
    this.#first = unit(1, inChannels, stride, nonNegativeInput === true);
    this.#second = unit(2, outChannels, 1, isNonNegative(this.style));
    const downsample = downsampleOf(builder, { inChannels, outChannels, stride, form, epsilon, nonNegativeInput });
    if (downsample !== undefined) this.#downsample = this.child('downsample', downsample);
  }

  /** True where the output is the result of a ReLU. */
  get nonNegativeOutput(): boolean {
    return isNonNegative(this.style);
  }

  override forward(input: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    const graph = styles[this.style];
    const y = tf.tidy(() => {
      const x = aggregateOf(input, this.#inChannels);
      const shortcut = this.#downsample?.forward(x, context) ?? x;
      if (graph.shortcuts === 'block') {
        const h = this.#first.forward(x, context);
        return this.#second.forward(h, context, { unit: shortcut });
      }
      const h = this.#first.forward(x, context, { unit: shortcut });
      return this.#second.forward(h, context, { unit: h, block: x });
    });
    return this.tapped(y, context);
  }
}
