import { Random } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { OutputScaling } from './binarizer.js';
import { uniformNoise } from './noise.js';
import { bitLevels, toLevels } from './uniform-levels.js';

/** Seeds of noise are 32-bit numbers. */
const seeds = 2 ** 32;

/**
 * Gradients of k bits (DoReFa-Net, Zhou et al. 2016, arXiv 1606.06160, eq. 12): the output passes as it is, the gradient that comes back is quantized sample by sample. Without random
 * numbers in the context there is no noise.
 */
export function gradientLevels(bits: number): OutputScaling {
  return {
    name: `${bits}-bit gradients`,
    build: () => (y, _, context) => {
      // Drawn in the forward pass, so that the order of the backward pass does not matter.
      const seed = context.random?.int(seeds);
      const run = tf.customGrad((input) => ({
        value: tf.clone(input as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => {
          const half = 0.5 / (2 ** bits - 1);
          const noise = seed === undefined ? undefined : uniformNoise(dy.shape, new Random(seed), -half, half);
          return quantizeGradient(dy, bits, noise);
        },
      }));
      return run(y) as tf.Tensor4D;
    },
  };
}

/**
 * `2 r (q(g / (2 r) + 1/2 + noise) - 1/2)`, r the largest |g| of each sample, q the nearest of 2^bits levels of [0, 1].
 * @param gradient `[N, ...]`
 * @param noise uniform in half a level to both sides, of the same shape
 */
export function quantizeGradient(gradient: tf.Tensor, bits: number, noise?: tf.Tensor): tf.Tensor {
  const axes = gradient.shape.map((_, i) => i).slice(1);
  const doubled = tf.mul(tf.max(tf.abs(gradient), axes, true), 2);
  const unit = tf.add(tf.div(gradient, tf.where(tf.greater(doubled, 0), doubled, tf.onesLike(doubled))), 0.5);
  const levels = toLevels(noise === undefined ? unit : tf.add(unit, noise), bitLevels(bits));
  return tf.mul(tf.sub(levels, 0.5), doubled);
}
