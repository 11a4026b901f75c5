import { AvgPool, BatchNorm, type ForwardContext, MaxPool, Module, type ModuleBuilder, Sequential } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { weightlessShortcut } from '../shortcut.js';
import type { Step } from '../staged.js';
import { type ResidualStyle, styles } from '../style.js';
import { StyledConv, type StyledConvOptions } from '../styled-conv.js';
import type { CellOperation } from './genotype.js';

/** What an operation is placed on; it keeps the channels. */
export interface OperationInput {
  readonly channels: number;
  readonly stride: number;
  /** True where the map is the result of a ReLU. */
  readonly nonNegative: boolean;
  readonly style?: ResidualStyle;
}

/** An operation of an edge. */
export interface PlacedOperation {
  readonly module: Step;
  /** True where its output has no negative values. */
  readonly nonNegative: boolean;
}

/** Makes an operation with a builder scoped to its name. */
export function placeOperation(
  builder: ModuleBuilder,
  operation: CellOperation,
  input: OperationInput,
): PlacedOperation {
  switch (operation) {
    case 'skip':
      return { module: new Skip(input.stride), nonNegative: input.nonNegative };
    case 'max-pool':
      return placePool(new MaxPool({ size: 3, stride: input.stride, padding: 1 }), input);
    case 'avg-pool':
      return placePool(new AvgPool({ size: 3, stride: input.stride, padding: 1 }), input);
    case 'conv3':
      return placeConv(builder, input, { kernelSize: 3 });
    case 'conv5':
      return placeConv(builder, input, { kernelSize: 5 });
    case 'dilated3':
      return placeConv(builder, input, { kernelSize: 3, dilation: 2 });
  }
}

/** The input itself, or the mean of its cells where the size is halved. */
class Skip extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #stride: number;

  constructor(stride: number) {
    super();
    this.#stride = stride;
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    return this.tapped(weightlessShortcut(x, x.shape[3], this.#stride), context);
  }
}

/** DARTS normalises what a pool gives, too (arXiv 1806.09055, section 3.1). Children `pool`, `bn`. */
function placePool(pool: Step, { channels }: OperationInput): PlacedOperation {
  return { module: new Sequential({ pool, bn: new BatchNorm({ channels }) }), nonNegative: false };
}

function placeConv(
  builder: ModuleBuilder,
  { channels, stride, nonNegative, style }: OperationInput,
  kernel: Pick<StyledConvOptions, 'kernelSize' | 'dilation'>,
): PlacedOperation {
  const size = { inChannels: channels, outChannels: channels, stride };
  const module = new CellConv(builder, { ...size, ...kernel, style, nonNegativeInput: nonNegative });
  return { module, nonNegative: module.nonNegativeOutput };
}

/** A convolution with a shortcut of its own where its style has one around every convolution; the float twin has it, too. Children as {@link StyledConv}. */
class CellConv extends StyledConv {
  readonly #stride: number;
  readonly #hasShortcut: boolean;

  constructor(builder: ModuleBuilder, options: StyledConvOptions) {
    super(builder, options);
    this.#stride = options.stride ?? 1;
    this.#hasShortcut = styles[this.style].shortcuts === 'each' || this.style === 'float';
  }

  override forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor4D {
    if (!this.#hasShortcut) return super.forward(x, context);
    return tf.tidy(() => super.forward(x, context, { unit: weightlessShortcut(x, x.shape[3], this.#stride) }));
  }
}
