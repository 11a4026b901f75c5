import { isPortableKernel } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** True if the current back end has a kernel of its own registered under `name`. */
export function hasFusedKernel(name: string): boolean {
  const kernel = tf.getKernel(name, tf.getBackend());
  return kernel != null && !isPortableKernel(kernel.kernelFunc);
}

/**
 * Runs the kernel that the current back end has registered under `name`, and returns false if there is none. Called directly, not through the
 * engine: all it works on, results included, is in the attributes, and nothing about it belongs on a tape.
 */
export function runInPlace(name: string, attributes: object): boolean {
  const kernel = tf.getKernel(name, tf.getBackend());
  if (kernel == null) return false;
  kernel.kernelFunc({ inputs: {}, attrs: attributes as tf.NamedAttrMap, backend: tf.backend() });
  return true;
}
