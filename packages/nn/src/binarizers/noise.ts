import type { Random } from '@onebit/common';
import { tf } from '@onebit/ops';

/** Uniform numbers in [low, high), default [0, 1). */
export function uniformNoise(shape: readonly number[], random: Random, low = 0, high = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.uniform(low, high)),
    [...shape],
  );
}
