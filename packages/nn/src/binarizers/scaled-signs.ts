import { tf } from '@onebit/ops';
import type { SignTerm } from './operand.js';

/**
 * `factor sgn(latent)` of which the gradient passes to the latent numbers as if there were no factor: for scales that are computed from the weights and stay out of the
 * gradient.
 * @param factor `[]` or `[out]`, a constant in the backward pass
 */
export function scaledSigns(latent: tf.Tensor4D, factor: tf.Tensor): SignTerm {
  const unscaled = tf.customGrad((x, save) => {
    // Saved, not just closed over: the tape frees what it does not know of before the backward pass.
    (save as (tensors: tf.Tensor[]) => void)([factor]);
    return { value: tf.clone(x as tf.Tensor), gradFunc: (dy: tf.Tensor, [kept]: tf.Tensor[]) => tf.divNoNan(dy, kept) };
  });
  return { latent: unscaled(latent) as tf.Tensor4D, factor };
}
