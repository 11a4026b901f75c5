import { type Estimator, tf } from '@onebit/ops';
import type { ActivationBinarizer } from './binarizer.js';
import { progressOf, signActivation } from './sign-activation.js';
import { surrogate } from './surrogate.js';

/** A smooth function that tends to the sign as `lambda` grows (Bulat et al. 2019, arXiv 1904.05868). */
export interface SmoothSign {
  value<T extends tf.Tensor>(x: T, lambda: number): T;
  slope(x: tf.Tensor, lambda: number): tf.Tensor;
}

/** `sech^2(u)` from e^(-2|u|): `1 - tanh^2(u)` loses all its digits where tanh is flat, and e^u overflows. */
function squaredSecant(u: tf.Tensor): tf.Tensor {
  const decay = tf.exp(tf.mul(tf.abs(u), -2));
  return tf.div(tf.mul(decay, 4), tf.square(tf.add(decay, 1)));
}

const tanh: SmoothSign = {
  value: (x, lambda) => tf.tanh(tf.mul(x, lambda)),
  slope: (x, lambda) => tf.mul(squaredSecant(tf.mul(x, lambda)), lambda),
};

/** The smooth signs by name: `tanh(lambda x)`, `2 sigmoid(lambda x) - 1` and `lambda x / (1 + lambda |x|)`. */
export const smoothSigns = {
  tanh,
  sigmoid: {
    value: (x, lambda) => tanh.value(x, lambda / 2),
    slope: (x, lambda) => tanh.slope(x, lambda / 2),
  },
  softsign: {
    value: (x, lambda) => tf.div(tf.mul(x, lambda), tf.add(tf.mul(tf.abs(x), lambda), 1)),
    slope: (x, lambda) => tf.div(lambda, tf.square(tf.add(tf.mul(tf.abs(x), lambda), 1))),
  },
} satisfies Record<string, SmoothSign>;

export type SmoothSignName = keyof typeof smoothSigns;

/** `value` of a smooth sign with its slope as gradient. */
export function smoothSign<T extends tf.Tensor>(x: T, name: SmoothSignName, lambda: number): T {
  const { value, slope } = smoothSigns[name];
  return surrogate(
    x,
    (input) => value(input, lambda),
    (input, dy) => tf.mul(dy, slope(input, lambda)),
  );
}

/** The slope of a smooth sign as the gradient of an exact one; `tanh` with lambda 1 is target propagation by the soft hinge (arXiv 1710.11573). */
export function smoothEstimator(name: SmoothSignName, lambda: number): Estimator {
  return { name: lambda === 1 ? name : `${name}(${lambda})`, derivative: (x) => smoothSigns[name].slope(x, lambda) };
}

/** Parts of {@link smoothActivation}. */
export interface SmoothActivationParts {
  readonly sign: SmoothSignName;
  /** `lambda` at the start of the run. */
  readonly first: number;
  /** `lambda` at its end; it grows geometrically. The paper's law of growth is not known. */
  readonly last: number;
}

/**
 * Activations that become binary little by little: while the network trains, a smooth sign that sharpens with the progress of the run; in inference, the exact sign.
 * The slope of a sharp one is 0 nearly everywhere, so a stage with a straight-through gradient should follow, and the running statistics of normalisations should
 * be estimated again when training is over.
 */
export function smoothActivation({ sign, first, last }: SmoothActivationParts): ActivationBinarizer {
  const exact = signActivation({ levels: 'pm1', estimator: smoothEstimator(sign, last), signOfZero: 1 });
  return {
    levels: exact.levels,
    gradient: `${sign}, lambda ${first} to ${last}`,
    bits: exact.bits,
    build(layer) {
      const binarize = exact.build(layer);
      return (x, context) => {
        if (!context.training) return binarize(x, context);
        const lambda = first * (last / first) ** progressOf(context);
        return { kind: 'real', value: smoothSign(x, sign, lambda) };
      };
    },
  };
}
