import type * as tf from '@tensorflow/tfjs-core';
import { runInPlace } from './in-place.js';

/** Name under which a back end registers the kernel that fills `values` from the float tensor `tensor` (see {@link runInPlace}). */
export const copyValuesKernel = 'CopyValues';

/** A copy of a float tensor's values. What `data` gives is the array that the tensor lives in on one back end and a copy, not to be copied again, on another. */
export async function copyValues(tensor: tf.Tensor): Promise<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(tensor.size);
  if (!runInPlace(copyValuesKernel, { tensor, values })) values.set(await tensor.data());
  return values;
}
