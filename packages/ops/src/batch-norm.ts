import { shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** Attributes of the batch normalization kernels. */
export interface EpsilonAttributes {
  readonly epsilon: number;
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
 * Batch normalization with the statistics of the batch (Ioffe and Szegedy 2015, arXiv 1502.03167): `y = gamma (x - mean) / sqrt(variance +
 * epsilon) + beta` over all axes but the last. `x` `[..., C]`, `gamma` and `beta` `[C]`; differentiable with respect to all three.
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormResult<T> {
  checkChannels('batchNormTrain', x, { gamma, beta });
  const [y, mean, variance] = runOp(batchNormTrainOp, { x, gamma, beta }, { epsilon });
  return { y: y as T, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** Batch normalization with given (running) statistics `[C]`, which are constants; differentiable with respect to `x`, `gamma` and `beta`. */
export function batchNormInference<T extends tf.Tensor>(
  x: T,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): T {
  checkChannels('batchNormInference', x, { mean, variance, gamma, beta });
  return runOp(batchNormInferenceOp, { x, mean, variance, gamma, beta }, { epsilon })[0] as T;
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

/** Outputs y, mean, variance. */
export const batchNormTrainOp: Op<EpsilonAttributes> = {
  name: 'BatchNormTrain',
  portable({ x, gamma, beta }, { epsilon }) {
    const { mean, variance } = tf.moments(x, reducedAxes(x));
    const scale = tf.mul(gamma, inverseDeviation(variance, epsilon));
    return [tf.add(tf.mul(tf.sub(x, mean), scale), beta), mean, variance];
  },
  gradient: {
    inputs: ['x', 'gamma'],
    outputs: [1, 2],
    backward: (dy, [x, gamma, mean, variance], attributes) => {
      const [dx, dGamma, dBeta] = runOp(batchNormTrainGradient, { dy, x, mean, variance, gamma }, attributes);
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  },
};

/** Outputs dx, dGamma, dBeta; with n values per channel and normalized `h`: dx = gamma / deviation (dy - mean(dy) - h mean(dy h)). */
export const batchNormTrainGradient: Op<EpsilonAttributes> = {
  name: 'BatchNormTrainGradient',
  portable({ dy, x, mean, variance, gamma }, { epsilon }) {
    const axes = reducedAxes(x);
    const count = x.size / gamma.size;
    const inverse = inverseDeviation(variance, epsilon);
    const normalized = tf.mul(tf.sub(x, mean), inverse);
    const dBeta = tf.sum(dy, axes);
    const dGamma = tf.sum(tf.mul(dy, normalized), axes);
    const centred = tf.sub(tf.sub(dy, tf.div(dBeta, count)), tf.mul(normalized, tf.div(dGamma, count)));
    return [tf.mul(centred, tf.mul(gamma, inverse)), dGamma, dBeta];
  },
};

/** One output, y. */
export const batchNormInferenceOp: Op<EpsilonAttributes> = {
  name: 'BatchNormInference',
  portable({ x, mean, variance, gamma, beta }, { epsilon }) {
    return tf.add(tf.mul(tf.sub(x, mean), tf.mul(gamma, inverseDeviation(variance, epsilon))), beta);
  },
  gradient: {
    inputs: ['x', 'mean', 'variance', 'gamma'],
    backward: (dy, [x, mean, variance, gamma], attributes) => {
      const [dx, dGamma, dBeta] = runOp(batchNormInferenceGradient, { dy, x, mean, variance, gamma }, attributes);
      return {
        x: () => dx,
        gamma: () => dGamma,
        beta: () => dBeta,
        mean: () => tf.zeros(mean.shape),
        variance: () => tf.zeros(variance.shape),
      };
    },
  },
};

/** Outputs dx, dGamma, dBeta; the statistics are constants. */
export const batchNormInferenceGradient: Op<EpsilonAttributes> = {
  name: 'BatchNormInferenceGradient',
  portable({ dy, x, mean, variance, gamma }, { epsilon }) {
    const axes = reducedAxes(x);
    const inverse = inverseDeviation(variance, epsilon);
    const dGamma = tf.sum(tf.mul(dy, tf.mul(tf.sub(x, mean), inverse)), axes);
    return [tf.mul(dy, tf.mul(gamma, inverse)), dGamma, tf.sum(dy, axes)];
  },
};
