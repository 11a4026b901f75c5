import { Random } from '@onebit/common';
import { recompute, tf } from '@onebit/ops';
import type { ForwardContext, Module } from './module.js';

/**
 * `module.forward(x, context)`, and where the context asks for it, without keeping what is inside for the backward pass: there the module runs again, with the
 * same random numbers and without moving running statistics once more. A context with a tap keeps everything, since what it reports must stay on the tape.
 */
export function forwardRecomputed<T extends tf.Tensor>(module: Module<T, T>, x: T, context: ForwardContext): T {
  if (!context.training || context.tap !== undefined || context.shapesOnly === true) return module.forward(x, context);
  // Gradients of x add up inside the module first and meet those from outside after, so that both ways round alike.
  if (context.recompute !== true) return module.forward(tf.clone(x), context);
  const { random } = context;
  const start = random?.state;
  const variables = module.namedParameters().flatMap(([, { variable, trainable }]) => (trainable ? [variable] : []));
  const forward = (input: T, again: boolean) =>
    module.forward(input, {
      ...context,
      recompute: false, // what is inside needs no recomputation of its own
      random: again && start !== undefined ? new Random(start) : random,
      again,
    });
  return recompute(forward, x, variables);
}
