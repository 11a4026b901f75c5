import {
  batchNormInferenceGradient,
  batchNormInferenceOp,
  batchNormTrainGradient,
  batchNormTrainOp,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { fused, kernel, type NativeKernel } from '../kernel.js';

/** The arrays of all `tensors`, or undefined if one is not float32 or there is no value to normalize. */
function floats(
  b: NativeBackend,
  ...tensors: readonly (tf.TensorInfo | undefined | null)[]
): Float32Array[] | undefined {
  const arrays = tensors.map((tensor) => (tensor == null ? undefined : b.values(tensor, 'float32')));
  return arrays.every((values) => values !== undefined && values.length > 0) ? (arrays as Float32Array[]) : undefined;
}

/** Batch normalization over all axes but the last: one pass over the data where TensorFlow.js takes about twenty. */
export const normalizationKernels: readonly NativeKernel[] = [
  fused(batchNormTrainOp, (b, inputs, { epsilon }) => {
    const arrays = floats(b, inputs.x, inputs.gamma, inputs.beta);
    if (arrays === undefined) return undefined;
    const [x, gamma, beta] = arrays;
    const y = b.output(inputs.x.shape, 'float32');
    const [mean, variance] = [b.output([gamma.length], 'float32'), b.output([gamma.length], 'float32')];
    b.native.batchNormTrain(x, gamma.length, gamma, beta, epsilon, y.values, mean.values, variance.values);
    return [y.info, mean.info, variance.info];
  }),
  fused(batchNormTrainGradient, (b, inputs, { epsilon }) => {
    const arrays = floats(b, inputs.dy, inputs.x, inputs.mean, inputs.variance, inputs.gamma);
    if (arrays === undefined) return undefined;
    const [dy, x, mean, variance, gamma] = arrays;
    const out = gradients(b, inputs.x, gamma.length);
    const [dx, dGamma, dBeta] = out.map(({ values }) => values);
    b.native.batchNormTrainGradient(x, dy, gamma.length, gamma, mean, variance, epsilon, dx, dGamma, dBeta);
    return out.map(({ info }) => info);
  }),
  fused(batchNormInferenceOp, (b, inputs, { epsilon }) => {
    const arrays = floats(b, inputs.x, inputs.mean, inputs.variance, inputs.gamma, inputs.beta);
    if (arrays === undefined) return undefined;
    const [x, mean, variance, gamma, beta] = arrays;
    const y = b.output(inputs.x.shape, 'float32');
    b.native.batchNormInference(x, gamma.length, mean, variance, gamma, beta, epsilon, y.values);
    return y.info;
  }),
  fused(batchNormInferenceGradient, (b, inputs, { epsilon }) => {
    const arrays = floats(b, inputs.dy, inputs.x, inputs.mean, inputs.variance, inputs.gamma);
    if (arrays === undefined) return undefined;
    const [dy, x, mean, variance, gamma] = arrays;
    const out = gradients(b, inputs.x, gamma.length);
    const [dx, dGamma, dBeta] = out.map(({ values }) => values);
    b.native.batchNormInferenceGradient(x, dy, gamma.length, gamma, mean, variance, epsilon, dx, dGamma, dBeta);
    return out.map(({ info }) => info);
  }),
  kernel<{ varianceEpsilon: number }>(tf.FusedBatchNorm, (b, inputs, { varianceEpsilon }) => {
    const arrays = floats(b, inputs.x, inputs.mean, inputs.variance, inputs.scale, inputs.offset);
    if (arrays === undefined) return undefined;
    const [x, mean, variance, scale, offset] = arrays;
    const channels = inputs.x.shape[inputs.x.shape.length - 1];
    if ([mean, variance, scale, offset].some((vector) => vector.length !== channels)) return undefined;
    const y = b.output(inputs.x.shape, 'float32');
    b.native.batchNormInference(x, channels, mean, variance, scale, offset, varianceEpsilon, y.values);
    return y.info;
  }),
];

function gradients(b: NativeBackend, x: tf.TensorInfo, channels: number) {
  return [b.output(x.shape, 'float32'), b.output([channels], 'float32'), b.output([channels], 'float32')];
}
