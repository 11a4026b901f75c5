import { type Estimator, tf } from '@onebit/ops';
import type { ActivationBinarizer, WeightBinarizer } from './binarizer.js';

/** 1 where |x| <= 1/2: the window of `clip(x + v, 0, 1)`, seen from its middle. */
const halfClip: Estimator = {
  name: '1[0 <= x + v <= 1]',
  derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), 0.5), 'float32'),
  kernel: { kind: 'clipByValue', a: -0.5, b: 0.5 },
};

/**
 * Activations as a trained sum of signs, `sum over n of beta_n sgn(clip(x + v_n, 0, 1) - 1/2)` (Lin et al. 2017, arXiv 1711.11294, eq. 8 to 10): parameters `v.n` and `beta.n`, one
 * number each. The thresholds start evenly spread over [-1, 1], what batch normalisation hands over most often, the factors at 1/N.
 */
export function activationBases(count: number): ActivationBinarizer {
  return {
    levels: `sum of ${count} trained signs`,
    gradient: halfClip.name,
    bits: 1,
    terms: count,
    build(layer) {
      const bases = Array.from({ length: count }, (_, n) => {
        const threshold = count === 1 ? 0 : -1 + (2 * n) / (count - 1);
        return {
          shift: layer.parameter(`v.${n}`, [], 0.5 - threshold),
          factor: layer.parameter(`beta.${n}`, [], 1 / count),
        };
      });
      return (x) => ({
        kind: 'signs',
        quantizer: { levels: 'pm1', estimator: halfClip, signOfZero: 1 },
        terms: bases.map(({ shift, factor }) => ({
          latent: tf.add(x, tf.sub(shift.variable, 0.5)),
          factor: factor.variable,
        })),
      });
    },
  };
}

/**
 * Weights as a sum of signs `sum over m of alpha_m sgn(w - mean(w) + u_m std(w))` (same paper, eq. 4 to 6), alpha the least squares fit to w, found anew in each pass. Mean,
 * deviation and alpha are constants of the backward pass, the slope of the signs is 1.
 */
export function weightBases(count: number): WeightBinarizer {
  return {
    levels: `sum of ${count} signs`,
    gradient: 'identity',
    scale: 'least squares, one for each sign',
    computedScale: 'layer',
    bits: 1,
    terms: count,
    build(layer) {
      const weights = layer.weights();
      return {
        latent: [weights],
        operand() {
          const latent = weights.variable as unknown as tf.Tensor4D;
          const { shifts, factors } = constantBases(latent, count);
          return {
            kind: 'signs',
            quantizer: { scale: 'none', gradient: 'identity', signOfZero: 1 },
            terms: shifts.map((shift, m) => ({ latent: tf.add(latent, shift), factor: factors[m] })),
          };
        },
      };
    },
  };
}

/** u_m, evenly from -1 to 1; 0 for a single base. */
export function baseShifts(count: number): number[] {
  return Array.from({ length: count }, (_, m) => (count === 1 ? 0 : -1 + (2 * m) / (count - 1)));
}

/** What is added to the weights before the sign of each base, `u_m std(w) - mean(w)`, and its factor alpha_m; scalars without gradient. */
function constantBases(latent: tf.Tensor4D, count: number): { shifts: tf.Tensor[]; factors: tf.Tensor[] } {
  const packed = tf.customGrad((w) => {
    const value = tf.tidy(() => {
      const shifts = shiftsOf(w as tf.Tensor, count);
      return tf.stack([shifts, leastSquares(w as tf.Tensor, shifts)]);
    });
    return { value, gradFunc: () => tf.zerosLike(w as tf.Tensor) };
  })(latent);
  const [shifts, factors] = tf.unstack(packed).map((row) => tf.unstack(row));
  return { shifts, factors };
}

/** `u_m std(w) - mean(w)` of all bases, `[M]`; mean and (biased) deviation over the whole tensor. */
export function shiftsOf(w: tf.Tensor, count: number): tf.Tensor1D {
  const { mean, variance } = tf.moments(w);
  return tf.sub(tf.mul(tf.sqrt(variance), tf.tensor1d(baseShifts(count))), mean) as tf.Tensor1D;
}

/**
 * The factors `[M]` that bring `sum over m of alpha_m sgn(w + shifts_m)` nearest to w. The shifts rise, so that a weight with base m at +1 has all later ones at +1 too: the bases cut the line
 * into M + 1 cells with one level each, and the fit is the mean of w in every inner cell and, since the outermost levels are plus and minus the sum of all factors, one mean for both ends. An
 * empty cell, where the normal equations are singular, gets the middle of its interval.
 */
export function leastSquares(w: tf.Tensor, shifts: tf.Tensor1D): tf.Tensor1D {
  const count = shifts.size;
  const row = tf.reshape(w, [1, w.size]);
  const up = tf.cast(tf.greaterEqual(tf.add(row, tf.reshape(shifts, [count, 1])), 0), 'float32');
  // Number and sum of the weights in each cell, from the largest to the smallest weights: differences of what lies above two neighbouring thresholds.
  const counts = steps(tf.sum(up, 1), tf.scalar(w.size));
  const sums = steps(tf.sum(tf.mul(up, row), 1), tf.sum(row));
  const [firstCount, lastCount] = [tf.slice(counts, 0, 1), tf.slice(counts, count, 1)];
  const ends = tf.div(
    tf.sub(tf.slice(sums, 0, 1), tf.slice(sums, count, 1)),
    tf.maximum(tf.add(firstCount, lastCount), 1),
  );
  if (count === 1) return ends as tf.Tensor1D;
  const [innerCounts, innerSums] = [tf.slice(counts, 1, count - 1), tf.slice(sums, 1, count - 1)];
  const middles = tf.neg(tf.div(tf.add(tf.slice(shifts, 0, count - 1), tf.slice(shifts, 1, count - 1)), 2));
  const inner = tf.where(tf.greater(innerCounts, 0), tf.div(innerSums, tf.maximum(innerCounts, 1)), middles);
  const levels = tf.concat([ends, inner, tf.neg(ends)]);
  return tf.div(tf.sub(tf.slice(levels, 0, count), tf.slice(levels, 1, count)), 2) as tf.Tensor1D;
}

/** Differences of `[0, ...values, total]`. */
function steps(values: tf.Tensor, total: tf.Tensor): tf.Tensor1D {
  const row = tf.concat([tf.zeros([1]), values, tf.reshape(total, [1])]);
  return tf.sub(tf.slice(row, 1, values.size + 1), tf.slice(row, 0, values.size + 1)) as tf.Tensor1D;
}
