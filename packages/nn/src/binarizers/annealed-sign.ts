import { tf } from '@onebit/ops';
import type { WeightBinarizer } from './binarizer.js';
import { progressOf } from './sign-activation.js';
import { surrogate } from './surrogate.js';

export interface AnnealedSignOptions {
  /** Temperature at a moment of training; 1 is the end. */
  readonly temperature: (progress: number) => number;
  /** Below it weights are signs. */
  readonly cold: number;
}

/**
 * Weights clamp(w / T, -1, 1) that become signs as the temperature T falls; the gradient passes unchanged (BNext, arXiv 2211.12933). While T is above `cold` they are
 * real numbers; inference is what stands at the end, signs.
 */
export function annealedSign({ temperature, cold }: AnnealedSignOptions): WeightBinarizer {
  return {
    levels: '±1',
    gradient: 'identity',
    scale: 'none',
    bits: 1,
    build(layer) {
      const weights = layer.weights();
      return {
        latent: [weights],
        operand(context) {
          const latent = weights.variable as unknown as tf.Tensor4D;
          const t = temperature(progressOf(context));
          if (t < cold) {
            const quantizer = { scale: 'none', gradient: 'identity', signOfZero: 1 } as const;
            return { kind: 'signs', quantizer, terms: [{ latent }] };
          }
          const soften = (w: tf.Tensor4D) => tf.clipByValue(tf.div<tf.Tensor4D>(w, t), -1, 1);
          return { kind: 'real', value: surrogate(latent, soften, (_, dy) => dy) };
        },
      };
    },
  };
}
