import type { AnyModule, BuilderConvOptions, ForwardContext, ModuleBuilder, PoolOptions } from '@onebit/nn';
import type { tf } from '@onebit/ops';
import type { ActivationKind } from '../activation.js';
import type { ResidualStyle } from '../style.js';

/** A convolution in the precision of the plan. */
export type Conv = ReturnType<ModuleBuilder['conv']>;

/** What may be added on the way through a unit. */
export interface Shortcuts {
  /** Around the unit, of the shape of its output; units that bring their own shortcut leave it aside. */
  readonly unit?: tf.Tensor4D;
  /** The input of the block, at its last unit. */
  readonly block?: tf.Tensor4D;
}

/** One convolution of a network with all that belongs to it in its style. */
export interface Unit {
  forward(x: tf.Tensor4D, context: ForwardContext, shortcuts?: Shortcuts): tf.Tensor4D;
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
  /** True for the last unit of a block of several. */
  readonly last?: boolean;
}

/** Makes modules children of the one they are for, by names that end with the unit's suffix. */
export type Attach = <M extends AnyModule>(name: string, module: M) => M;
