import { OnebitError, shapeError } from '@onebit/common';
import type { tf } from '@onebit/ops';
import type { AnyModule } from './module.js';

/**
 * Runs `action`, in which forward passes of the module compute with `tensors` in place of the module's own parameters, and gradients flow to what these were made from: how networks
 * share weights. Running statistics stay the module's own. A forward pass that runs again in the backward pass (`recompute`) would not see them.
 * @param tensors one for each parameter by its name relative to `module`, of its shape.
 * @throws OnebitError ERR_SHAPE; ERR_USAGE for a missing tensor, or one that `action` did not read (a method that takes hold of its variables when the layer is built).
 */
export function withParameters<T>(module: AnyModule, tensors: ReadonlyMap<string, tf.Tensor>, action: () => T): T {
  const parameters = module.namedParameters();
  for (const [name, { shape }] of parameters) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new OnebitError('ERR_USAGE', `withParameters: a tensor for ${name} must be given`);
    if (tensor.shape.join() !== shape.join()) {
      throw shapeError('withParameters', name, `[${shape.join(', ')}]`, tensor.shape);
    }
  }
  try {
    for (const [name, parameter] of parameters) {
      parameter.substitute = { tensor: tensors.get(name) as tf.Tensor, read: false };
    }
    const result = action();
    const unread = parameters.filter(([, { substitute }]) => substitute?.read === false).map(([name]) => name);
    if (unread.length > 0) throw unreadError(unread);
    return result;
  } finally {
    for (const [, parameter] of parameters) parameter.substitute = undefined;
  }
}

function unreadError(names: readonly string[]): OnebitError {
  const list = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  return new OnebitError(
    'ERR_USAGE',
    `withParameters: every parameter must be read in the forward pass, ${list} ${names.length === 1 ? 'was' : 'were'} not: this method's layers cannot share weights`,
  );
}
