import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { preluGradient, sloped } from './slopes.js';

/** Attributes of the batch normalization kernels. */
export interface BatchNormAttributes {
  readonly epsilon: number;
  readonly activation: ActivationName;
}

/** Attributes of {@link batchNormTrainOps}; `momentum` counts where running statistics are among the inputs. */
export interface BatchNormTrainAttributes extends BatchNormAttributes {
  readonly momentum: number;
}

type ActivationName = 'none' | 'relu' | 'clip' | 'prelu';

/** What follows a batch normalization: ReLU, hardtanh (`clip`, to [-1, 1]), or PReLU with slopes `[C]` below 0. */
export type BatchNormActivation = Exclude<ActivationName, 'prelu'> | { readonly prelu: tf.Tensor1D };

/** Options of {@link batchNormInference}. */
export interface BatchNormOptions<T extends tf.Tensor = tf.Tensor> {
  readonly epsilon: number;
  /** Added after the normalization, of the shape of `x`: the other branch of a residual block. */
  readonly residual?: T;
  /** Applied last; default `'none'`. */
  readonly activation?: BatchNormActivation;
}

/** Options of {@link batchNormTrain}. */
export interface BatchNormTrainOptions<T extends tf.Tensor = tf.Tensor> extends BatchNormOptions<T> {
  /** Statistics `[C]` that move in place: `r <- (1 - momentum) r + momentum batch`, with the unbiased variance. Default: none. */
  readonly running?: { readonly mean: tf.Variable; readonly variance: tf.Variable; readonly momentum: number };
}

/** What {@link batchNormTrain} returns. */
export interface BatchNormResult<T extends tf.Tensor> {
  readonly y: T;
  /** Batch mean `[C]`; a constant for the tape. */
  readonly mean: tf.Tensor1D;
  /** Biased batch variance `[C]`; a constant for the tape. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalization with the statistics of the batch (Ioffe and Szegedy 2015, arXiv 1502.03167), and what follows it in a residual network:
 * `y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta + residual)` over all axes but the last. `x` `[..., C]`, `gamma` and `beta` `[C]`;
 * differentiable with respect to these, the residual and the slopes. For the backward pass it keeps `x`, and `y` behind a sum with a ReLU.
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: BatchNormTrainOptions<T>,
): BatchNormResult<T> {
  const { epsilon, running } = options;
  const form = formOf('batchNormTrain', x, { gamma, beta, ...statisticsOf(running) }, options);
  const inputs = { x, gamma, beta, ...form.inputs, ...inputsOf(running) };
  const attributes = { epsilon, activation: form.activation, momentum: running?.momentum ?? 0 };
  const [y, mean, variance] = runOp(batchNormTrainOps[form.kept], inputs, attributes);
  return { y: form.after(y as T), mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** {@link batchNormTrain} with given (running) statistics `[C]`, which are constants. */
export function batchNormInference<T extends tf.Tensor>(
  x: T,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: BatchNormOptions<T>,
): T {
  const form = formOf('batchNormInference', x, { mean, variance, gamma, beta }, options);
  const attributes = { epsilon: options.epsilon, activation: form.activation };
  const inputs = { x, mean, variance, gamma, beta, ...form.inputs };
  return form.after(runOp(batchNormInferenceOps[form.kept], inputs, attributes)[0] as T);
}

/** What a forward op keeps for its gradient beside `x` and vectors: nothing, its output, or the slopes. */
type Kept = 'nothing' | 'y' | 'alpha';

/** The op to run for the options of a call, its inputs, and what is left to do after it. */
interface Form<T extends tf.Tensor> {
  readonly kept: Kept;
  readonly activation: ActivationName;
  readonly inputs: Record<string, tf.Tensor>;
  after(y: T): T;
}

function formOf<T extends tf.Tensor>(
  where: string,
  x: T,
  vectors: Record<string, tf.Tensor>,
  { residual, activation = 'none' }: BatchNormOptions<T>,
): Form<T> {
  const slopes: Record<string, tf.Tensor> = typeof activation === 'string' ? {} : { alpha: activation.prelu };
  checkChannels(where, x, { ...vectors, ...slopes });
  const name = typeof activation === 'string' ? activation : 'prelu';
  if (residual === undefined) {
    return { kept: name === 'prelu' ? 'alpha' : 'nothing', activation: name, inputs: slopes, after: (y) => y };
  }
  if (!tf.util.arraysEqual(residual.shape, x.shape)) {
    throw shapeError(where, 'residual', `[${x.shape.join(', ')}] as x`, residual.shape);
  }
  if (name === 'relu') return { kept: 'y', activation: name, inputs: { residual }, after: (y) => y };
  // The sum can't be calculated again without the residual, and of these activations the output does not tell what was let through.
  const after = (y: T) => (name === 'none' ? y : (activated(y, name, slopes.alpha) as T));
  return { kept: 'nothing', activation: 'none', inputs: { residual }, after };
}

function statisticsOf(running: BatchNormTrainOptions['running']): Record<string, tf.Tensor> {
  return running === undefined ? {} : { 'running.mean': running.mean, 'running.variance': running.variance };
}

function inputsOf(running: BatchNormTrainOptions['running']): Record<string, tf.Tensor> {
  return running === undefined ? {} : { runningMean: running.mean, runningVariance: running.variance };
}

function checkChannels(where: string, x: tf.Tensor, vectors: Record<string, tf.Tensor>): void {
  const channels = x.shape[x.rank - 1];
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.rank !== 1 || vector.size !== channels) throw shapeError(where, name, `[${channels}]`, vector.shape);
  }
}

/** All axes but the last, the channels. */
function reducedAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, i) => i);
}

const inverseDeviation = (variance: tf.Tensor, epsilon: number) => tf.rsqrt(tf.add(variance, epsilon));

type Inputs = Record<string, tf.Tensor>;

/** gamma (x - mean) / deviation + beta */
function normalized({ x, mean, variance, gamma, beta }: Inputs, epsilon: number): tf.Tensor {
  return tf.add(tf.mul(tf.sub(x, mean), tf.mul(gamma, inverseDeviation(variance, epsilon))), beta);
}

function activated(z: tf.Tensor, activation: ActivationName, alpha?: tf.Tensor): tf.Tensor {
  if (activation === 'relu') return tf.relu(z);
  if (activation === 'clip') return tf.clipByValue(z, -1, 1);
  return activation === 'prelu' ? tf.prelu(z, alpha as tf.Tensor) : z;
}

function forward(inputs: Inputs, { epsilon, activation }: BatchNormAttributes): tf.Tensor {
  const z = normalized(inputs, epsilon);
  return activated(inputs.residual === undefined ? z : tf.add(z, inputs.residual), activation, inputs.alpha);
}

function moveStatistics(
  { x, gamma, runningMean, runningVariance }: Inputs,
  mean: tf.Tensor,
  variance: tf.Tensor,
  momentum: number,
): void {
  const count = x.size / gamma.size;
  const move = (running: tf.Tensor, batch: tf.Tensor, weight: number) =>
    (running as tf.Variable).assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, weight)));
  move(runningMean, mean, momentum);
  move(runningVariance, variance, (momentum * count) / (count - 1));
}

/** Outputs y, mean, variance; `kept` with `x`, `gamma`, `beta` and the statistics for the gradient. */
function trainOp(name: string, kept: Kept): Op<BatchNormTrainAttributes> {
  const inputs = ['x', 'gamma', 'beta', ...(kept === 'alpha' ? [kept] : [])];
  const names = [...inputs, ...(kept === 'y' ? [kept] : []), 'mean', 'variance'];
  return {
    name,
    portable(given, attributes) {
      const { mean, variance } = tf.moments(given.x, reducedAxes(given.x));
      if (given.runningMean !== undefined) moveStatistics(given, mean, variance, attributes.momentum);
      return [forward({ ...given, mean, variance }, attributes), mean, variance];
    },
    gradient: {
      inputs,
      outputs: kept === 'y' ? [0, 1, 2] : [1, 2],
      backward: (dy, saved, { epsilon, activation }) =>
        gradients(batchNormTrainGradient, dy, byName(names, saved), { epsilon, activation }),
    },
  };
}

/** One output, y. */
function inferenceOp(name: string, kept: Kept): Op<BatchNormAttributes> {
  const inputs = ['x', 'gamma', 'beta', 'mean', 'variance', ...(kept === 'alpha' ? [kept] : [])];
  const names = [...inputs, ...(kept === 'y' ? [kept] : [])];
  return {
    name,
    portable: forward,
    gradient: {
      inputs,
      outputs: kept === 'y' ? [0] : [],
      backward: (dy, saved, attributes) => {
        const given = byName(names, saved);
        return {
          ...gradients(batchNormInferenceGradient, dy, given, attributes),
          mean: () => tf.zerosLike(given.mean),
          variance: () => tf.zerosLike(given.variance),
        };
      },
    },
  };
}

function byName(names: readonly string[], saved: readonly tf.Tensor[]): Inputs {
  return Object.fromEntries(names.map((name, i) => [name, saved[i]]));
}

function gradients(op: Op<BatchNormAttributes>, dy: tf.Tensor, saved: Inputs, attributes: BatchNormAttributes) {
  const [dx, dGamma, dBeta, last] = runOp(op, { dy, ...saved }, attributes);
  return {
    x: () => dx,
    gamma: () => dGamma,
    beta: () => dBeta,
    // Behind a relu it was calculated; without an activation it is dy.
    residual: () => (saved.y === undefined ? tf.clone(dy) : last),
    alpha: () => last,
  };
}

/** {@link batchNormTrain} as ops, by what they keep for the gradient. */
export const batchNormTrainOps = {
  nothing: trainOp('BatchNormTrain', 'nothing'),
  y: trainOp('BatchNormAddReluTrain', 'y'),
  alpha: trainOp('BatchNormPreluTrain', 'alpha'),
} as const;

/** {@link batchNormInference} as ops, by what they keep for the gradient. */
export const batchNormInferenceOps = {
  nothing: inferenceOp('BatchNormInference', 'nothing'),
  y: inferenceOp('BatchNormAddReluInference', 'y'),
  alpha: inferenceOp('BatchNormPreluInference', 'alpha'),
} as const;

/**
 * Outputs dx, dGamma, dBeta, and dResidual where `y` is among the inputs, dAlpha where `alpha` is. With dz the gradient at the sum, n values per
 * channel and normalized `h`: dx = gamma / deviation (dz - mean(dz) - h mean(dz h)).
 */
export const batchNormTrainGradient: Op<BatchNormAttributes> = {
  name: 'BatchNormTrainGradient',
  portable: (inputs, attributes) => gradientOf(inputs, attributes, true),
};

/** As {@link batchNormTrainGradient}, but the statistics are constants. */
export const batchNormInferenceGradient: Op<BatchNormAttributes> = {
  name: 'BatchNormInferenceGradient',
  portable: (inputs, attributes) => gradientOf(inputs, attributes, false),
};

function gradientOf(
  inputs: Inputs,
  { epsilon, activation }: BatchNormAttributes,
  throughStatistics: boolean,
): tf.Tensor[] {
  const { x, mean, variance, gamma, y } = inputs;
  const axes = reducedAxes(x);
  const [dz, ...dAlpha] = sumGradient(inputs, epsilon, activation);
  const inverse = inverseDeviation(variance, epsilon);
  const h = tf.mul(tf.sub(x, mean), inverse);
  const dBeta = tf.sum(dz, axes);
  const dGamma = tf.sum(tf.mul(dz, h), axes);
  const count = x.size / gamma.size;
  const centred = () => tf.sub(tf.sub(dz, tf.div(dBeta, count)), tf.mul(h, tf.div(dGamma, count)));
  const dx = tf.mul(throughStatistics ? centred() : dz, tf.mul(gamma, inverse));
  return [dx, dGamma, dBeta, ...(y === undefined ? dAlpha : [dz])];
}

/** dz, and dAlpha behind a prelu. */
function sumGradient(inputs: Inputs, epsilon: number, activation: ActivationName): tf.Tensor[] {
  const { dy, y, alpha } = inputs;
  if (activation === 'none') return [dy];
  const z = y ?? normalized(inputs, epsilon);
  if (activation === 'relu') return [sloped('relu', dy, z)];
  if (activation === 'clip') return [sloped('clipByValue', dy, z, -1, 1)];
  return runOp(preluGradient, { dy, x: z, alpha }, {});
}
