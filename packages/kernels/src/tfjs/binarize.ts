import * as tf from '@tensorflow/tfjs-core';
import { type Estimator, estimators } from './estimators.js';
import { type Op, runOp } from './op.js';

/** How activations become one bit. */
export interface ActivationQuantizer {
  /** `'pm1'`: +1 where x >= 0, else -1. `'zero-one'`: 1 where x > 0, else 0. */
  readonly levels: 'pm1' | 'zero-one';
  readonly estimator: Estimator;
  /** What `'pm1'` makes of an exact zero: 1, or 0 as PyTorch's sign does (parity with released code; computed in floating point only). */
  readonly signOfZero: 1 | 0;
}

/** How latent weights become a sign times a scale, and what gradient reaches them. */
export interface WeightQuantizer {
  /** Scale a: 1, the mean |w| of each filter (last axis), or of the whole tensor. */
  readonly scale: 'none' | 'filter-mean' | 'layer-mean';
  /**
   * With g the gradient at the binarized weight: `'identity'` g; `'clip'` g e'(w) with the estimator e (the scale is a constant and does not
   * enter); `'scale-chain'` a g e'(w) + sgn(w) mean(g sgn(w)), the chain rule through the scale, with sgn(0) = 0.
   */
  readonly gradient: 'identity' | 'clip' | 'scale-chain';
  /** Default: `clip` for `'clip'`, `identity` for `'scale-chain'`. */
  readonly estimator?: Estimator;
  readonly signOfZero: 1 | 0;
}

/** Attributes of {@link binarizeGradient}. */
export interface EstimatorAttributes {
  readonly estimator: Estimator;
}

/** Binarizes activations of any shape; NaN becomes -1 (0 for `'zero-one'`). */
export function binarize<T extends tf.Tensor>(x: T, quantizer: ActivationQuantizer): T {
  return runOp(binarizeOp, { x }, quantizer)[0] as T;
}

/** Binarizes latent weights `[kh, kw, I, O]` (or any `[..., O]`): a sgn(w). */
export function binarizeWeight<T extends tf.Tensor>(w: T, quantizer: WeightQuantizer): T {
  return runOp(binarizeWeightOp, { w }, quantizer)[0] as T;
}

/** {@link binarize} as an op. */
export const binarizeOp: Op<ActivationQuantizer> = {
  name: 'Binarize',
  portable({ x }, { levels, signOfZero }) {
    if (levels === 'zero-one') return tf.cast(tf.greater(x, 0), 'float32');
    return signs(x, signOfZero);
  },
  gradient: {
    inputs: ['x'],
    backward: (dy, [x], { estimator }) => ({ x: () => runOp(binarizeGradient, { dy, x }, { estimator })[0] }),
  },
};

/** `dy` times the estimator's derivative at `x`. */
export const binarizeGradient: Op<EstimatorAttributes> = {
  name: 'BinarizeGradient',
  portable: ({ dy, x }, { estimator }) => tf.mul(dy, estimator.derivative(x)),
};

/** {@link binarizeWeight} as an op. */
export const binarizeWeightOp: Op<WeightQuantizer> = {
  name: 'BinarizeWeight',
  portable({ w }, { scale, signOfZero }) {
    const sign = signs(w, signOfZero);
    return scale === 'none' ? sign : tf.mul(sign, weightScale(w, scale));
  },
  gradient: {
    inputs: ['w'],
    backward: (dy, [w], quantizer) => ({ w: () => runOp(binarizeWeightGradient, { dy, w }, quantizer)[0] }),
  },
};

/** The gradient of the latent weights from that of the binarized ones; see {@link WeightQuantizer}. */
export const binarizeWeightGradient: Op<WeightQuantizer> = {
  name: 'BinarizeWeightGradient',
  portable({ dy, w }, { scale, gradient, estimator }) {
    if (gradient === 'identity') return tf.clone(dy);
    const slope = (estimator ?? (gradient === 'clip' ? estimators.clip : estimators.identity)).derivative(w);
    const through = tf.mul(dy, slope);
    if (gradient === 'clip' || scale === 'none') return through;
    const sign = signs(w, 0);
    const axes = scaleAxes(w, scale);
    return tf.add(tf.mul(through, weightScale(w, scale)), tf.mul(sign, tf.mean(tf.mul(dy, sign), axes, true)));
  },
};

/** The scales `[O]` of latent weights `[..., O]`. */
export const weightScalesOp: Op<Pick<WeightQuantizer, 'scale'>> = {
  name: 'BinaryWeightScales',
  portable({ w }, { scale }) {
    const shape = w.shape.slice(-1);
    return scale === 'none' ? tf.ones(shape) : tf.broadcastTo(tf.mean(tf.abs(w), scaleAxes(w, scale)), shape);
  },
};

const where = (condition: tf.Tensor) => tf.cast(condition, 'float32');

/** +1 where x >= 0 (also -0), -1 elsewhere; with `signOfZero` 0, zeros stay 0. */
export function signs(x: tf.Tensor, signOfZero: 1 | 0): tf.Tensor {
  // Not tf.sign: on wasm that gives 0 below about 1e-7.
  if (signOfZero === 0) return tf.sub(where(tf.greater(x, 0)), where(tf.less(x, 0)));
  return tf.sub(tf.mul(where(tf.greaterEqual(x, 0)), 2), 1);
}

/** The scale of latent weights: `[1, 1, 1, O]` (rank of `w`) for `'filter-mean'`, all ones in shape for `'layer-mean'`. */
function weightScale(w: tf.Tensor, scale: 'filter-mean' | 'layer-mean'): tf.Tensor {
  return tf.mean(tf.abs(w), scaleAxes(w, scale), true);
}

function scaleAxes(w: tf.Tensor, scale: 'filter-mean' | 'layer-mean'): number[] {
  const axes = w.shape.map((_, i) => i);
  return scale === 'layer-mean' ? axes : axes.slice(0, -1);
}
