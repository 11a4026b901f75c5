import { tf } from '@onebit/ops';
import type { ActivationBinarizer, WeightBinarizer } from './binarizer.js';

/** Activations as they are: what a stage that binarizes weights alone trains on. */
export const realActivation: ActivationBinarizer = {
  levels: 'real',
  gradient: 'exact',
  bits: 32,
  build: () => (x) => ({ kind: 'real', value: x }),
};

/** tanh(x), a sign without its jump: what Group-Net trains on before it binarizes (groupnet.md section 2.4). */
export const tanhActivation: ActivationBinarizer = {
  levels: 'tanh',
  gradient: 'exact',
  bits: 32,
  build: () => (x) => ({ kind: 'real', value: tf.tanh(x) }),
};

/** Weights as they are, under the name that latent weights have, so that a later stage takes them over. */
export const realWeight: WeightBinarizer = {
  levels: 'real',
  gradient: 'exact',
  scale: 'none',
  bits: 32,
  build(layer) {
    const weights = layer.weights({ role: 'weight' });
    return {
      latent: [weights],
      operand: () => ({ kind: 'real', value: weights.variable as unknown as tf.Tensor4D }),
    };
  },
};
