import { OnebitError } from '@onebit/common';
import {
  type AdamParameter,
  type AdamRule,
  type AverageAttributes,
  type SgdParameter,
  type SgdRule,
  type UpdateAttributes,
  updateKernels,
} from '@onebit/ops';
import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';

/** The native kernels write "no limit" as 0. */
const limit = (clip = Number.POSITIVE_INFINITY) => (Number.isFinite(clip) ? clip : 0);

function writable(b: NativeBackend, variable: tf.TensorInfo): Float32Array {
  const values = b.writable(variable);
  if (values === undefined) throw notFloat(variable);
  return values;
}

function readable(b: NativeBackend, tensor: tf.TensorInfo): Float32Array {
  const values = b.values(tensor, 'float32');
  if (values === undefined) throw notFloat(tensor);
  return values;
}

function notFloat(tensor: tf.TensorInfo): OnebitError {
  return new OnebitError('ERR_BACKEND', `update: variables and gradients must be float32, got ${tensor.dtype}`);
}

/** Arrays and numbers that every rule needs: parameters, gradients, and a row [rate, weightDecay, clip, ...more] for each. */
function common<P extends SgdParameter | AdamParameter>(
  b: NativeBackend,
  parameters: readonly P[],
  more: (parameter: P) => readonly number[],
) {
  return {
    variables: parameters.map(({ variable }) => writable(b, variable)),
    gradients: parameters.map(({ gradient }) => readable(b, gradient)),
    settings: Float64Array.from(
      parameters.flatMap((parameter) => {
        const { learningRate, weightDecay = 0, clip } = parameter;
        return [learningRate, weightDecay, limit(clip), ...more(parameter)];
      }),
    ),
  };
}

/** Updates in place, one call for all parameters. */
export const updateKernelsNative: readonly NativeKernel[] = [
  kernel<UpdateAttributes<SgdParameter, SgdRule>>(updateKernels.sgd, (b, _inputs, a) => {
    const { variables, gradients, settings } = common(b, a.parameters, () => []);
    const moves = a.momentum !== 0;
    const velocities = moves ? a.parameters.map(({ velocity }) => writable(b, velocity!)) : [];
    b.native.sgdUpdate(variables, gradients, velocities, settings, a.momentum, a.nesterov, a.gradientScale);
    return [];
  }),
  kernel<UpdateAttributes<AdamParameter, AdamRule>>(updateKernels.adam, (b, _inputs, a) => {
    const { variables, gradients, settings } = common(b, a.parameters, ({ step }) => [step]);
    const firstMoments = a.parameters.map(({ firstMoment }) => writable(b, firstMoment));
    const secondMoments = a.parameters.map(({ secondMoment }) => writable(b, secondMoment));
    const { beta1, beta2, epsilon, decoupled, gradientScale } = a;
    b.native.adamUpdate(
      variables,
      gradients,
      firstMoments,
      secondMoments,
      settings,
      beta1,
      beta2,
      epsilon,
      decoupled,
      gradientScale,
    );
    return [];
  }),
  kernel<AverageAttributes>(updateKernels.average, (b, _inputs, { averages, values, decay }) => {
    b.native.averageUpdate(
      averages.map((average) => writable(b, average)),
      values.map((value) => readable(b, value)),
      1 - decay,
    );
    return [];
  }),
];
