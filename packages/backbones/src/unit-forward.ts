import {
  type AnyModule,
  AvgPool,
  BatchNorm,
  type BuilderConvOptions,
  type ForwardContext,
  MaxPool,
  type Module,
  type ModuleBuilder,
  type PoolOptions,
} from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Activation, type ActivationKind, makeActivation } from './activation.js';
import { type ResidualStyle, type StyleGraph, styles } from './style.js';

/** A convolution in the precision of the plan. */
export type Conv = ReturnType<ModuleBuilder['conv']>;

/** One convolution with what belongs to it. */
export interface UnitParts {
  readonly conv: Conv;
  readonly pool?: Module<tf.Tensor4D, tf.Tensor4D>;
  readonly norm: BatchNorm;
  readonly activation: Activation;
}

/** A pool right behind a convolution. */
export interface UnitPool extends PoolOptions {
  readonly kind: 'max' | 'average';
}

export interface UnitOptions extends BuilderConvOptions {
  readonly style: ResidualStyle;
  /** Epsilon of the batch normalisation. */
  readonly epsilon?: number;
  /** Default: that of the style. */
  readonly activation?: ActivationKind;
  /** Taken in front of everything that follows the convolution: pooled signs would be +1 nearly everywhere (binarization-methods.md section 2.2). */
  readonly pool?: UnitPool;
  /** Stands behind `conv`, `bn` and `act` in the names of the children, such as `1`. Default empty. */
  readonly suffix?: string;
}

/** Makes the parts of a unit; `attach` makes them children of the module they are for. */
export function unitParts(
  builder: ModuleBuilder,
  { style, epsilon, activation: kind = styles[style].activation, suffix = '', pool, ...conv }: UnitOptions,
  attach: <M extends AnyModule>(name: string, module: M) => M,
): UnitParts {
  const after = styles[style].norm === 'after';
  // What a ReLU hands over has no negative values; batch normalisation in between mends that.
  const nonNegativeInput = conv.nonNegativeInput === true && after;
  const activation = makeActivation(kind, conv.outChannels);
  const parts = {
    conv: attach(`conv${suffix}`, builder.conv(`conv${suffix}`, { ...conv, nonNegativeInput })),
    norm: attach(`bn${suffix}`, new BatchNorm({ channels: after ? conv.outChannels : conv.inChannels, epsilon })),
    pool: pool && attach(`pool${suffix}`, pool.kind === 'max' ? new MaxPool(pool) : new AvgPool(pool)),
    activation,
  };
  if (activation.module !== undefined) attach(`act${suffix}`, activation.module);
  return parts;
}

/**
 * One convolution of a residual network in the order of its style, with the shortcut that ends at it, if one does. Sum and activation are done in the pass of
 * the batch normalisation where that stands right in front of them.
 */
export function unitForward(
  { conv, pool, norm, activation }: UnitParts,
  graph: Pick<StyleGraph, 'norm' | 'sum'>,
  x: tf.Tensor4D,
  context: ForwardContext,
  shortcut?: tf.Tensor4D,
): tf.Tensor4D {
  const convolve = (input: tf.Tensor4D): tf.Tensor4D => {
    const y = conv.forward(input, context);
    return pool?.forward(y, context) ?? y;
  };
  const add = (y: tf.Tensor4D): tf.Tensor4D => (shortcut === undefined ? y : tf.add(y, shortcut));
  if (graph.norm === 'before') {
    const y = convolve(norm.forward(x, context));
    return graph.sum === 'after-activation' ? add(activation.apply(y, context)) : activation.apply(add(y), context);
  }
  const y = convolve(x);
  const normalized = (input: tf.Tensor4D, residual?: tf.Tensor4D) => {
    if (activation.fused !== undefined) {
      return norm.forward(input, context, { residual, activation: activation.fused });
    }
    return activation.apply(norm.forward(input, context, { residual }), context);
  };
  if (graph.sum === 'before-norm') return normalized(add(y));
  return graph.sum === 'after-activation' ? add(normalized(y)) : normalized(y, shortcut);
}
