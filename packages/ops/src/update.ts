import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { runInPlace } from './in-place.js';

/** One parameter of an update. */
interface UpdatedParameter {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly learningRate: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Afterwards the variable is limited to [-clip, clip] (latent weights of binary layers). Default: no limit. */
  readonly clip?: number;
}

/** One parameter of {@link sgdUpdate}. */
export interface SgdParameter extends UpdatedParameter {
  /** Running sum of gradients, same shape as the variable, zeros at first; needed when `momentum` is not 0. */
  readonly velocity?: tf.Variable;
}

/** One parameter of {@link adamUpdate}. */
export interface AdamParameter extends UpdatedParameter {
  readonly firstMoment: tf.Variable;
  readonly secondMoment: tf.Variable;
  /** Number of this update, from 1 on, for the bias correction. */
  readonly step: number;
}

interface UpdateRule {
  /** Multiplies all gradients first (clipping by global norm). Default 1. */
  readonly gradientScale?: number;
}

/** Options of {@link sgdUpdate}. */
export interface SgdRule extends UpdateRule {
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Options of {@link adamUpdate}. */
export interface AdamRule extends UpdateRule {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** True: weight decay is applied to the variable, not to the gradient (AdamW; Loshchilov and Hutter 2019, arXiv 1711.05101). Default false. */
  readonly decoupled?: boolean;
}

/** An update as a kernel gets it: all parameters, and every option of the rule. */
export type UpdateAttributes<Parameter, Rule> = Required<Rule> & { readonly parameters: readonly Parameter[] };

/** A moving average as a kernel gets it. */
export interface AverageAttributes {
  readonly averages: readonly tf.Variable[];
  readonly values: readonly tf.Tensor[];
  readonly decay: number;
}

/** Names under which a back end registers in-place update kernels: all is in the attributes, there are no inputs and no output. */
export const updateKernels = { sgd: 'SgdUpdate', adam: 'AdamUpdate', average: 'AverageUpdate' } as const;

/** {@link globalNorm} as an op; its inputs are numbered. */
export const globalNormOp: Op = {
  name: 'GlobalNorm',
  // Not tf.addN: webgpu binds every input of it at once, and a network has more parameters than a shader has bindings.
  portable: (inputs) => tf.sqrt(tf.sum(tf.stack(Object.values(inputs).map((tensor) => tf.sum(tf.square(tensor)))))),
};

/**
 * One step of stochastic gradient descent in place, as PyTorch's SGD: `g = gradient + weightDecay w; v = momentum v + g; w -= learningRate v`
 * (Nesterov: `g + momentum v` in place of v).
 */
export function sgdUpdate(parameters: readonly SgdParameter[], rule: SgdRule = {}): void {
  const { momentum = 0, nesterov = false, gradientScale = 1 } = rule;
  if (runInPlace(updateKernels.sgd, { parameters, momentum, nesterov, gradientScale })) return;
  for (const { variable, gradient, learningRate, velocity, weightDecay, clip } of parameters) {
    tf.tidy(() => {
      let step = decayed(variable, tf.mul(gradient, gradientScale), weightDecay);
      if (velocity !== undefined && momentum !== 0) {
        velocity.assign(tf.add(tf.mul(velocity, momentum), step));
        step = nesterov ? tf.add(step, tf.mul(velocity, momentum)) : velocity;
      }
      assignClipped(variable, tf.sub(variable, tf.mul(step, learningRate)), clip);
    });
  }
}

/** One step of Adam in place (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), or AdamW with `decoupled`. */
export function adamUpdate(parameters: readonly AdamParameter[], rule: AdamRule = {}): void {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decoupled = false, gradientScale = 1 } = rule;
  if (runInPlace(updateKernels.adam, { parameters, beta1, beta2, epsilon, decoupled, gradientScale })) return;
  for (const {
    variable,
    gradient,
    learningRate,
    firstMoment,
    secondMoment,
    step,
    weightDecay = 0,
    clip,
  } of parameters) {
    tf.tidy(() => {
      const scaled = tf.mul(gradient, gradientScale);
      const g = decoupled ? scaled : decayed(variable, scaled, weightDecay);
      firstMoment.assign(tf.add(tf.mul(firstMoment, beta1), tf.mul(g, 1 - beta1)));
      secondMoment.assign(tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(g), 1 - beta2)));
      const mean = tf.div(firstMoment, 1 - beta1 ** step);
      const deviation = tf.sqrt(tf.div(secondMoment, 1 - beta2 ** step));
      const shrunk = decoupled ? tf.mul(variable, 1 - learningRate * weightDecay) : variable;
      assignClipped(variable, tf.sub(shrunk, tf.mul(tf.div(mean, tf.add(deviation, epsilon)), learningRate)), clip);
    });
  }
}

/** Moves each of `averages` towards the value of its place, in place: `average <- decay average + (1 - decay) value`. */
export function averageUpdate(averages: readonly tf.Variable[], values: readonly tf.Tensor[], decay: number): void {
  const attributes: AverageAttributes = { averages, values, decay };
  if (runInPlace(updateKernels.average, attributes)) return;
  for (const [k, average] of averages.entries()) {
    tf.tidy(() => average.assign(tf.add(tf.mul(average, decay), tf.mul(values[k], 1 - decay))));
  }
}

/** Square root of the sum of all squares of `tensors`, a scalar. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return runOp(globalNormOp, Object.fromEntries(tensors.entries()), {})[0] as tf.Scalar;
}

function decayed(variable: tf.Tensor, gradient: tf.Tensor, weightDecay = 0): tf.Tensor {
  return weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(variable, weightDecay));
}

function assignClipped(variable: tf.Variable, value: tf.Tensor, clip = Number.POSITIVE_INFINITY): void {
  variable.assign(Number.isFinite(clip) ? tf.clipByValue(value, -clip, clip) : value);
}
