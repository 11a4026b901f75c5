import { binarize, type Estimator, estimators, tf } from '@onebit/ops';
import type { ActivationBinarizer } from './binarizer.js';
import { smoothEstimator } from './smooth.js';
import { surrogate } from './surrogate.js';

/** A loss of a hard-threshold unit as a function of its margin `m = t z`, pre-activation times target (Friesen and Domingos 2018, arXiv 1710.11573). */
export interface TargetLoss {
  readonly name: string;
  value(margin: tf.Tensor): tf.Tensor;
  /** `-d value / d margin`. */
  slope(margin: tf.Tensor): tf.Tensor;
}

/** LeCun et al. 1998, "Efficient BackProp", section 4.4, has the height 1.7159; this is what the released code of target propagation has. */
const [lecunHeight, lecunSlope] = [1.7519, 2 / 3];

const truncated = (margin: tf.Tensor) => tf.clipByValue(tf.sub(1, margin), 0, 2);
const softHingeSlope = smoothEstimator('tanh', 1).derivative;

/** The losses of the released code. */
export const targetLosses = {
  hinge: {
    name: 'hinge',
    value: (margin) => tf.relu(tf.sub(1, margin)),
    slope: (margin) => tf.cast(tf.lessEqual(margin, 1), 'float32'),
  },
  softHinge: {
    name: 'soft hinge',
    value: (margin) => tf.sub(1, tf.tanh(margin)),
    slope: softHingeSlope,
  },
  truncatedHinge: {
    name: 'truncated hinge',
    value: truncated,
    slope: (margin) => tf.cast(tf.logicalAnd(tf.greater(margin, -1), tf.lessEqual(margin, 1)), 'float32'),
  },
  sigmoid: {
    name: 'sigmoid',
    value: (margin) => tf.sigmoid(tf.mul(margin, -2)),
    slope: (margin) => tf.mul(softHingeSlope(margin), 0.5), // 2 s (1 - s) of s = sigmoid(-2m)
  },
  lecunTanh: {
    name: 'LeCun tanh',
    value: (margin) => tf.sub(1, tf.mul(tf.tanh(tf.mul(margin, lecunSlope)), lecunHeight)),
    slope: (margin) => tf.mul(softHingeSlope(tf.mul(margin, lecunSlope)), lecunHeight * lecunSlope),
  },
} satisfies Record<string, TargetLoss>;

/** The target of each unit: `sign(-dy)` of the gradient at its output, 0 where that is 0 and the unit is left alone. */
export function targetsOf(dy: tf.Tensor): tf.Tensor {
  return tf.sub(tf.cast(tf.less(dy, 0), 'float32'), tf.cast(tf.greater(dy, 0), 'float32'));
}

/**
 * `sign(z)` whose gradient is that of a loss of every unit for the target its output should have. With `weighted` the loss counts as much as the output's own
 * gradient (`|dy|`, the released code's default), else all count alike and are averaged over the batch, the first dimension.
 */
export function targetSign<T extends tf.Tensor>(z: T, loss: TargetLoss, weighted: boolean): T {
  return surrogate(
    z,
    (x) => binarize(x, { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 }) as T,
    (x, dy) => {
      const targets = targetsOf(dy);
      const gradient = tf.neg(tf.mul(targets, loss.slope(tf.mul(targets, x))));
      return weighted ? tf.mul(gradient, tf.abs(dy)) : tf.div(gradient, x.shape[0] ?? 1);
    },
  );
}

/** Activations by {@link targetSign}. */
export function targetActivation(loss: TargetLoss, weighted: boolean): ActivationBinarizer {
  return {
    levels: '±1',
    gradient: `${loss.name} of targets${weighted ? ', weighted' : ''}`,
    bits: 1,
    build: () => (x) => ({ kind: 'real', value: targetSign(x, loss, weighted) }),
  };
}

/** 1 where `|x| <= width`: the saturating straight-through gradient; the released code's second form has the width sqrt(3). */
export function windowEstimator(width: number): Estimator {
  return {
    name: `window(${Number(width.toPrecision(4))})`,
    derivative: (x) => tf.cast(tf.lessEqual(tf.abs(x), width), 'float32'),
  };
}

/** 1 where `|x| <= 1`, falling to 0 at 2. */
export const ramp: Estimator = {
  name: 'ramp',
  derivative: (x) => tf.clipByValue(tf.sub(2, tf.abs(x)), 0, 1),
};

/** Gradients of {@link staircase}: the soft hinge around the middle of the unit interval, or 1 inside it. */
export const staircaseEstimators = {
  softHinge: { name: 'soft hinge', derivative: (x) => softHingeSlope(tf.sub(tf.mul(x, 2), 1)) },
  window: {
    name: 'window(0, 1)',
    derivative: (x) => tf.cast(tf.logicalAnd(tf.greaterEqual(x, 0), tf.lessEqual(x, 1)), 'float32'),
  },
} satisfies Record<string, Estimator>;

/** The quantized ReLU `clip(ceil(x (steps - 1)), 0, steps) / steps`, with the gradient of an estimator. */
export function staircase<T extends tf.Tensor>(x: T, steps: number, { derivative }: Estimator): T {
  return surrogate(
    x,
    (input) => tf.div(tf.clipByValue(tf.ceil(tf.mul(input, steps - 1)), 0, steps), steps),
    (input, dy) => tf.mul(dy, derivative(input)),
  );
}
