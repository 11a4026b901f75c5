import { OnebitError } from '@onebit/common';
import { type AdamAttributes, type SgdAttributes, updateKernels } from '@onebit/ops';
import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend.js';
import { kernel, type NativeKernel } from '../kernel.js';

/** The native kernels write "no limit" as 0. */
const limit = (clip: number) => (Number.isFinite(clip) ? clip : 0);

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

/** Parameter updates in place, one call per parameter. */
export const updateKernelsNative: readonly NativeKernel[] = [
  kernel<SgdAttributes>(updateKernels.sgd, (b, inputs, a) => {
    b.native.sgdUpdate(
      writable(b, inputs.variable),
      readable(b, inputs.gradient),
      inputs.velocity === undefined ? null : writable(b, inputs.velocity),
      a.learningRate,
      inputs.velocity === undefined ? 0 : a.momentum,
      a.nesterov,
      a.weightDecay,
      a.gradientScale,
      limit(a.clip),
    );
    return [];
  }),
  kernel<AdamAttributes>(updateKernels.adam, (b, inputs, a) => {
    b.native.adamUpdate(
      writable(b, inputs.variable),
      readable(b, inputs.gradient),
      writable(b, inputs.firstMoment),
      writable(b, inputs.secondMoment),
      a.step,
      a.learningRate,
      a.beta1,
      a.beta2,
      a.epsilon,
      a.weightDecay,
      a.decoupled,
      a.gradientScale,
      limit(a.clip),
    );
    return [];
  }),
];
