import type { BatchNorm, ForwardContext, ModuleBuilder } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { Activation } from './activation.js';
import type { StyleGraph } from './style.js';

/** A convolution in the precision of the plan. */
export type Conv = ReturnType<ModuleBuilder['conv']>;

/** One convolution with what belongs to it. */
export interface UnitParts {
  readonly conv: Conv;
  readonly norm: BatchNorm;
  readonly activation: Activation;
}

/**
 * One convolution of a residual network in the order of its style, with the shortcut that ends at it, if one does. Sum and activation are done in the pass of
 * the batch normalisation where that stands right in front of them.
 */
export function unitForward(
  { conv, norm, activation }: UnitParts,
  graph: Pick<StyleGraph, 'norm' | 'sum'>,
  x: tf.Tensor4D,
  context: ForwardContext,
  shortcut?: tf.Tensor4D,
): tf.Tensor4D {
  const add = (y: tf.Tensor4D): tf.Tensor4D => (shortcut === undefined ? y : tf.add(y, shortcut));
  if (graph.norm === 'before') {
    const y = conv.forward(norm.forward(x, context), context);
    return graph.sum === 'after-activation' ? add(activation.apply(y, context)) : activation.apply(add(y), context);
  }
  const y = conv.forward(x, context);
  const normalized = (input: tf.Tensor4D, residual?: tf.Tensor4D) => {
    if (activation.fused !== undefined) {
      return norm.forward(input, context, { residual, activation: activation.fused });
    }
    return activation.apply(norm.forward(input, context, { residual }), context);
  };
  if (graph.sum === 'before-norm') return normalized(add(y));
  return graph.sum === 'after-activation' ? add(normalized(y)) : normalized(y, shortcut);
}
