import { copyValuesKernel } from '@onebit/ops';
import type * as tf from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../kernel.js';

/** Values straight from the array of a tensor, where reading through TensorFlow.js makes a copy. */
export const valueKernels: readonly NativeKernel[] = [
  kernel<{ tensor: tf.Tensor; values: Float32Array }>(copyValuesKernel, (b, _inputs, { tensor, values }) => {
    values.set(b.values(tensor, 'float32') ?? tensor.dataSync());
    return [];
  }),
];
