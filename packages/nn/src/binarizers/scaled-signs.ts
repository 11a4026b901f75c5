import { tf } from '@onebit/ops';
import type { SignTerm } from './operand.js';
import { surrogate } from './surrogate.js';

/**
 * `factor sgn(latent)` of which the gradient passes to the latent numbers as if there were no factor: for scales that are computed from the weights and stay out of the
 * gradient.
 * @param factor `[]` or `[out]`, a constant in the backward pass
 */
export function scaledSigns(latent: tf.Tensor4D, factor: tf.Tensor): SignTerm {
  const unscaled = surrogate(latent, tf.clone, (_, dy) => tf.divNoNan(dy, factor));
  return { latent: unscaled, factor };
}
