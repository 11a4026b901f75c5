import { type Estimator, tf } from '@onebit/ops';
import type { ScheduledEstimator } from './sign-activation.js';

/** Range of t over a run; see {@link scheduledEde}. */
export interface EdeRange {
  readonly tMin: number;
  readonly tMax: number;
}

/**
 * The error decay estimator of IR-Net (Qin et al. 2020, arXiv 1909.10788) at one moment: derivative `k t (1 - tanh^2(t x))` with k = max(1/t, 1), nearly the
 * identity for a small t and nearly the sign for a large one.
 */
export function ede(t: number): Estimator {
  const peak = Math.max(1, t);
  return {
    name: 'ede',
    derivative: (x) => tf.mul(tf.sub(1, tf.square(tf.tanh(tf.mul(x, t)))), peak),
    kernel: { kind: 'ede', a: t },
  };
}

/** {@link ede} with t growing exponentially from `tMin` to `tMax` over a run. */
export function scheduledEde(range: EdeRange): ScheduledEstimator {
  return { name: 'ede', at: (progress) => ede(edeSlope(range, progress)) };
}

/** `t = tMin (tMax / tMin)^progress`. */
export function edeSlope({ tMin, tMax }: EdeRange, progress: number): number {
  return tMin * (tMax / tMin) ** progress;
}
