import {
  type BatchNormAttributes,
  type BatchNormTrainAttributes,
  batchNormInferenceGradient,
  batchNormInferenceOps,
  batchNormTrainGradient,
  batchNormTrainOps,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, type KernelInputs, type KernelResult, kernel, type NativeKernel } from '../kernel.js';

/** The arrays of all `tensors`, or undefined if one is not float32 or there is no value to normalize. */
function floats(
  b: NativeBackend,
  ...tensors: readonly (tf.TensorInfo | undefined | null)[]
): Float32Array[] | undefined {
  const arrays = tensors.map((tensor) => (tensor == null ? undefined : b.values(tensor, 'float32')));
  return arrays.every((values) => values !== undefined && values.length > 0) ? (arrays as Float32Array[]) : undefined;
}

/** As {@link floats} for inputs that may be absent, which give null. */
function optionalFloats(b: NativeBackend, ...tensors: readonly (tf.TensorInfo | undefined)[]): (Float32Array | null)[] {
  return tensors.map((tensor) => (tensor === undefined ? null : (b.values(tensor, 'float32') ?? null)));
}

function train(b: NativeBackend, inputs: KernelInputs, a: BatchNormTrainAttributes): KernelResult {
  const arrays = floats(b, inputs.x, inputs.gamma, inputs.beta);
  if (arrays === undefined) return undefined;
  const [x, gamma, beta] = arrays;
  const [residual, slope] = optionalFloats(b, inputs.residual, inputs.alpha);
  const [runningMean, runningVariance] = [inputs.runningMean, inputs.runningVariance].map((running) =>
    running === undefined ? null : b.writable(running),
  );
  const y = b.output(inputs.x.shape, 'float32');
  const [mean, variance] = [b.output([gamma.length], 'float32'), b.output([gamma.length], 'float32')];
  b.native.batchNormTrain(
    x,
    gamma.length,
    gamma,
    beta,
    a.epsilon,
    residual,
    a.activation,
    slope,
    y.values,
    mean.values,
    variance.values,
    runningMean,
    runningVariance,
    a.momentum,
  );
  return [y.info, mean.info, variance.info];
}

function inference(b: NativeBackend, inputs: KernelInputs, a: BatchNormAttributes): KernelResult {
  const arrays = floats(b, inputs.x, inputs.mean, inputs.variance, inputs.gamma, inputs.beta);
  if (arrays === undefined) return undefined;
  const [x, mean, variance, gamma, beta] = arrays;
  const [residual, slope] = optionalFloats(b, inputs.residual, inputs.alpha);
  const y = b.output(inputs.x.shape, 'float32');
  const { epsilon, activation } = a;
  const channels = gamma.length;
  b.native.batchNormInference(x, channels, mean, variance, gamma, beta, epsilon, residual, activation, slope, y.values);
  return y.info;
}

function gradient(name: 'batchNormTrainGradient' | 'batchNormInferenceGradient') {
  return (b: NativeBackend, inputs: KernelInputs, a: BatchNormAttributes): KernelResult => {
    const { dy, x, gamma, beta, mean, variance } = inputs;
    const arrays = floats(b, x, dy, gamma, beta, mean, variance);
    if (arrays === undefined) return undefined;
    const [xs, dys, ...vectors] = arrays;
    const [gammas, betas, means, variances] = vectors;
    const [slope, y] = optionalFloats(b, inputs.alpha, inputs.y);
    const output = (like: tf.TensorInfo) => b.output(like.shape, 'float32');
    const [dx, dGamma, dBeta] = [output(x), output(gamma), output(beta)];
    const dResidual = inputs.y === undefined ? undefined : output(x);
    const dAlpha = inputs.alpha === undefined ? undefined : output(inputs.alpha);
    b.native[name](
      xs,
      dys,
      gammas.length,
      gammas,
      betas,
      means,
      variances,
      a.epsilon,
      a.activation,
      slope,
      y,
      dx.values,
      dGamma.values,
      dBeta.values,
      dResidual?.values ?? null,
      dAlpha?.values ?? null,
    );
    return [dx, dGamma, dBeta, dResidual, dAlpha].flatMap((out) => (out === undefined ? [] : [out.info]));
  };
}

/** Batch normalization over all axes but the last, with the sum and the activation behind it: one pass where TensorFlow.js takes about twenty. */
export const normalizationKernels: readonly NativeKernel[] = [
  ...Object.values(batchNormTrainOps).map((op) => fused(op, train)),
  ...Object.values(batchNormInferenceOps).map((op) => fused(op, inference)),
  fused(batchNormTrainGradient, gradient('batchNormTrainGradient')),
  fused(batchNormInferenceGradient, gradient('batchNormInferenceGradient')),
  kernel<{ varianceEpsilon: number }>(tf.FusedBatchNorm, (b, inputs, { varianceEpsilon }) => {
    const arrays = floats(b, inputs.x, inputs.mean, inputs.variance, inputs.scale, inputs.offset);
    if (arrays === undefined) return undefined;
    const [x, mean, variance, scale, offset] = arrays;
    const channels = inputs.x.shape[inputs.x.shape.length - 1];
    if ([mean, variance, scale, offset].some((vector) => vector.length !== channels)) return undefined;
    const y = b.output(inputs.x.shape, 'float32');
    const rest = [null, 'none', null, y.values] as const;
    b.native.batchNormInference(x, channels, mean, variance, scale, offset, varianceEpsilon, ...rest);
    return y.info;
  }),
];
