import { type Estimator, tf } from '@onebit/ops';
import type { ScheduledEstimator } from './sign-activation.js';

/** Terms of a Fourier series and their base frequency. */
export interface FourierSeries {
  /** Index m of the last of the m + 1 terms. */
  readonly last: number;
  /** Angular frequency of the square wave that stands for the sign. */
  readonly frequency: number;
}

/**
 * FDA-BNN's estimator (Xu et al., NeurIPS 2021): the sign as a square wave, whose Fourier series ends after m + 1 terms. Derivative
 * `(4 w / pi) sum over i = 0 .. m of cos((2i + 1) w x)` where |x| <= 1, else 0.
 */
export function fourier({ last, frequency }: FourierSeries): Estimator {
  return {
    name: 'fourier',
    derivative(x) {
      const size = tf.abs(x);
      // The sum is sin(2 (m + 1) a) / (2 sin a) with a = w |x|: two sines in place of m + 1 cosines. It is even and flat around 0, where the quotient is not defined.
      const angle = tf.mul(tf.maximum(size, 1e-6), frequency);
      const sum = tf.div(tf.sin(tf.mul(angle, 2 * (last + 1))), tf.mul(tf.sin(angle), 2));
      return tf.mul(tf.mul(sum, tf.cast(tf.lessEqual(size, 1), 'float32')), (4 * frequency) / Math.PI);
    },
    kernel: { kind: 'fourier', a: frequency, b: last + 1 },
  };
}

/** {@link fourier} with m growing from `first` to `last` over a run. */
export function scheduledFourier({
  first,
  last,
  frequency,
}: FourierSeries & { readonly first: number }): ScheduledEstimator {
  return {
    name: 'fourier',
    at: (progress) => fourier({ last: Math.round(first + (last - first) * progress), frequency }),
  };
}
