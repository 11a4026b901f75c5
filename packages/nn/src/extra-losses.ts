import { tf } from '@onebit/ops';
import { BinaryConv2d } from './layers/binary-conv2d.js';
import type { AnyModule, ForwardContext } from './module.js';

/**
 * Extra losses that the methods of a model's layers ask for (BNN+'s regularizer, RBCN's kernel loss …): by name, summed over layers and already
 * weighted. To be called inside the loss of a training step and added to it; empty for most methods.
 */
export function extraLosses(model: AnyModule, context: ForwardContext): Readonly<Record<string, tf.Scalar>> {
  const sums: Record<string, tf.Scalar> = {};
  for (const [, module] of model.namedModules()) {
    if (!(module instanceof BinaryConv2d)) continue;
    for (const [name, value] of Object.entries(module.penalties(context))) {
      sums[name] = name in sums ? tf.add(sums[name], value) : value;
    }
  }
  return sums;
}
