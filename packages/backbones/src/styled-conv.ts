import { type BuilderConvOptions, type ForwardContext, Module, type ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { isRectifier } from './activation.js';
import { blockStyle, normEpsilon, type ResidualStyle, styles } from './style.js';
import { makeUnit } from './units/make-unit.js';
import type { Shortcuts, Unit, UnitOptions } from './units/unit.js';

export interface StyledConvOptions
  extends BuilderConvOptions,
    Pick<UnitOptions, 'activation' | 'epsilon' | 'last' | 'pool'> {
  /** Default: the style of the convolution's method, `float` where the plan leaves it in float. */
  readonly style?: ResidualStyle;
}

/** A convolution with batch normalisation and activation in the order of its style. Children `conv`, `bn` and, where the style trains its activation, `act`. */
export class StyledConv extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly style: ResidualStyle;
  /** True where the output is the result of a ReLU. */
  readonly nonNegativeOutput: boolean;
  readonly #unit: Unit;

  constructor(builder: ModuleBuilder, options: StyledConvOptions) {
    super();
    this.style = options.style ?? unitStyle(builder);
    const graph = styles[this.style];
    const activation = options.activation ?? graph.activation;
    this.nonNegativeOutput = isRectifier(activation) && graph.sum !== 'after-activation';
    const epsilon = options.epsilon ?? normEpsilon(builder, ['conv']);
    const parts = { ...options, style: this.style, activation, epsilon };
    this.#unit = makeUnit(builder, parts, (name, module) => this.child(name, module));
  }

  /** Shortcuts are added where the style has the sum. */
  override forward(x: tf.Tensor4D, context: ForwardContext, shortcuts?: Shortcuts): tf.Tensor4D {
    const y = tf.tidy(() => this.#unit.forward(x, context, shortcuts));
    return this.tapped(y, context);
  }
}

/** The style that a unit takes from the plan. */
export function unitStyle(builder: ModuleBuilder): ResidualStyle {
  return blockStyle(builder, ['conv']);
}
