import { tf } from '@onebit/ops';
import type { WeightPreparation } from './sign-weight.js';

/** XNOR-Net's centring of the filters before the sign. */
export const centred: WeightPreparation = {
  name: 'centred',
  apply: (latent) => ({ latent: centreOverInputs(latent) }),
};

/** Subtracts from filters `[kh, kw, in, out]` their mean over `in`; differentiable. */
export function centreOverInputs(weight: tf.Tensor4D): tf.Tensor4D {
  return tf.sub(weight, tf.mean(weight, 2, true));
}
