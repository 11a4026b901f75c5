import { estimators, tf } from '@onebit/ops';
import type { ActivationBinarizer, WeightBinarizer } from './binarizer.js';
import { surrogate } from './surrogate.js';

/** Levels between 0 and 1. */
export interface UnitLevels {
  /** Number of steps: levels are 0, 1 / steps ... 1. */
  readonly steps: number;
  /** Where a value halfway between two levels goes: to the even one (TensorFlow's round), or up (Torch's). */
  readonly halves: 'even' | 'up';
  /** True: no gradient at exactly 0 and 1 (hardtanh). */
  readonly openEnds: boolean;
}

/** DoReFa-Net's levels of k bits (Zhou et al. 2016, arXiv 1606.06160, eq. 5). */
export function bitLevels(bits: number): UnitLevels {
  return { steps: 2 ** bits - 1, halves: 'even', openEnds: false };
}

/** Ternary activations {0, 1/2, 1} with thresholds 1/4 and 3/4 (BinaryDuo's coupled form; Kim et al. 2020). */
export const ternaryLevels: UnitLevels = { steps: 2, halves: 'up', openEnds: true };

/** The level nearest to `x` clipped to [0, 1]. */
export function toLevels<T extends tf.Tensor>(x: T, { steps, halves }: UnitLevels): T {
  const scaled = tf.mul(tf.clipByValue(x, 0, 1), steps);
  return tf.div(halves === 'even' ? tf.round(scaled) : tf.floor(tf.add(scaled, 0.5)), steps) as T;
}

/** 1 inside [0, 1], or inside the open interval, else 0. */
function insideUnit(x: tf.Tensor, { openEnds }: Pick<UnitLevels, 'openEnds'>): tf.Tensor {
  const inside = openEnds
    ? tf.logicalAnd(tf.greater(x, 0), tf.less(x, 1))
    : tf.logicalAnd(tf.greaterEqual(x, 0), tf.lessEqual(x, 1));
  return tf.cast(inside, 'float32');
}

/** Bits that hold so many steps. */
function bitsOf(steps: number): number {
  return Math.ceil(Math.log2(steps + 1));
}

/**
 * Activations at levels of [0, 1], with the gradient g inside it. Of a single step, {0, 1} with the threshold 1/2, the convolution is one of bits; of more, the levels are multiplied out
 * in floating point.
 */
export function unitActivation(levels: UnitLevels): ActivationBinarizer {
  const { steps, openEnds } = levels;
  const backward = (x: tf.Tensor, dy: tf.Tensor) => tf.mul(dy, insideUnit(x, levels));
  return {
    levels: steps === 1 ? '{0, 1}' : steps === 2 ? '{0, 1/2, 1}' : `${bitsOf(steps)} bit`,
    gradient: openEnds ? '1[0 < x < 1]' : '1[0 <= x <= 1]',
    bits: bitsOf(steps),
    build: () => (x) => {
      if (steps > 1) return { kind: 'real', value: surrogate(x, (input) => toLevels(input, levels), backward) };
      return {
        kind: 'signs',
        quantizer: { levels: 'zero-one', estimator: estimators.identity, signOfZero: 1 },
        // 1 where this is above 0; halves up counts the threshold itself as 1, as the next float below 1/2 does.
        terms: [{ latent: surrogate(x, (input) => aboveHalf(input, levels), backward) }],
      };
    },
  };
}

/** Positive where the one-step level is 1. */
function aboveHalf(x: tf.Tensor4D, { halves }: UnitLevels): tf.Tensor4D {
  return halves === 'even' ? tf.sub(x, 0.5) : tf.sub(tf.mul(tf.cast(tf.greaterEqual(x, 0.5), 'float32'), 2), 1);
}

/**
 * DoReFa-Net's weights of k > 1 bits (arXiv 1606.06160, eq. 9): `2 q(tanh(w) / (2 max |tanh w|) + 1/2) - 1`. The maximum is a constant of the backward pass (as in Larq; the official code
 * differentiates it).
 */
export function tanhWeight(bits: number): WeightBinarizer {
  return {
    levels: `${bits} bit in [-1, 1]`,
    gradient: 'through tanh',
    scale: 'largest |tanh w| of the layer',
    bits,
    build(layer) {
      const weights = layer.weights();
      const quantized = (w: tf.Tensor4D) => toBits(w, bits);
      return {
        latent: [weights],
        operand: () => ({ kind: 'real', value: quantized(weights.variable as unknown as tf.Tensor4D) }),
      };
    },
  };
}

/** See {@link tanhWeight}. */
export function toBits<T extends tf.Tensor>(w: T, bits: number): T {
  const largest = (bent: tf.Tensor) => tf.maximum(tf.max(tf.abs(bent)), tinyTanh);
  return surrogate(
    w,
    (latent) => {
      const bent = tf.tanh(latent);
      const unit = tf.add(tf.div(bent, tf.mul(largest(bent), 2)), 0.5);
      return tf.sub(tf.mul(toLevels(unit, bitLevels(bits)), 2), 1) as T;
    },
    (latent, dy) => {
      const bent = tf.tanh(latent);
      return tf.div(tf.mul(dy, tf.sub(1, tf.square(bent))), largest(bent));
    },
  );
}

/** Keeps a layer of zeros finite. */
const tinyTanh = 1e-12;
