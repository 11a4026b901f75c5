import { type Estimator, tf } from '@onebit/ops';

/** Beyond this the derivative is 0 in float32, and exp would overflow from 89 on. */
const limit = 80;

/**
 * Slope of SwishSign (BNN+, Darabi et al. 2018, arXiv 1812.11800, eq. 3), 2 s(bx) (1 + bx (1 - s(bx))) - 1 with the logistic function s: with z = bx it is
 * b (2 - z tanh(z / 2)) / (1 + cosh z) = 2 b s (1 - s) (2 - z (2 s - 1)). Peak b at 0, negative beyond |z| of about 2.4.
 */
export function swish(sharpness: number): Estimator {
  return {
    name: `swish(${sharpness})`,
    derivative: (x) =>
      tf.tidy(() => {
        const z = tf.clipByValue(tf.mul(x, sharpness), -limit, limit);
        const s = tf.sigmoid(z);
        const bell = tf.mul(tf.mul(s, tf.sub(1, s)), 2 * sharpness);
        return tf.mul(bell, tf.sub(2, tf.mul(z, tf.sub(tf.mul(s, 2), 1))));
      }),
  };
}

/** SwishSign itself, the smooth sign that {@link swish} is the slope of. */
export function swishSign<T extends tf.Tensor>(x: T, sharpness: number): T {
  const z = tf.clipByValue(tf.mul(x, sharpness), -limit, limit);
  const s = tf.sigmoid(z);
  return tf.sub(tf.mul(tf.mul(s, 2), tf.add(1, tf.mul(z, tf.sub(1, s)))), 1) as T;
}
