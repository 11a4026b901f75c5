import { loadNative } from '@onebit/kernels';
// Registers the JavaScript kernels that everything falls back to.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { NativeBackend } from './backend.js';
import { composed, dispatched, javascript, type NativeKernel } from './kernel.js';
import { accumulationKernels } from './kernels/accumulation.js';
import { binaryKernels } from './kernels/binary.js';
import { boxKernelsNative } from './kernels/boxes.js';
import { broadcastingKernels } from './kernels/broadcasting.js';
import { convolutionKernels } from './kernels/convolution.js';
import { elementwiseKernels } from './kernels/elementwise.js';
import { indexingKernels } from './kernels/indexing.js';
import { l2NormalizeKernels } from './kernels/l2-normalize.js';
import { layoutKernels } from './kernels/layout.js';
import { lossKernels } from './kernels/loss.js';
import { matrixKernels } from './kernels/matrix.js';
import { normalizationKernels } from './kernels/normalization.js';
import { poolingKernels } from './kernels/pooling.js';
import { reductionKernels } from './kernels/reduction.js';
import { residualWindowKernels } from './kernels/residual-windows.js';
import { resizeKernels } from './kernels/resize.js';
import { softLevelsKernels } from './kernels/soft-levels.js';
import { updateKernelsNative } from './kernels/update.js';
import { valueKernels } from './kernels/values.js';

/** Name of the back end in TensorFlow.js's registry. */
export const nativeBackendName = 'native';

/** Every kernel that runs natively. */
const nativeKernels: readonly NativeKernel[] = [
  ...convolutionKernels,
  ...matrixKernels,
  ...elementwiseKernels,
  ...broadcastingKernels,
  ...reductionKernels,
  ...layoutKernels,
  ...indexingKernels,
  ...poolingKernels,
  ...normalizationKernels,
  ...l2NormalizeKernels,
  ...softLevelsKernels,
  ...residualWindowKernels,
  ...lossKernels,
  ...binaryKernels,
  ...resizeKernels,
  ...updateKernelsNative,
  ...accumulationKernels,
  ...boxKernelsNative,
  ...valueKernels,
];

/**
 * Registers the back end `native` (priority 10) and its kernels: native ones, and TensorFlow.js's JavaScript for the rest. May be called again.
 * @throws OnebitError ERR_BACKEND if the add-on does not load.
 */
export function registerNativeBackend(): void {
  if (tf.engine().registryFactory[nativeBackendName] !== undefined) return;
  const native = loadNative();
  const fallbacks = new Map<string, tf.KernelFunc>();
  for (const config of tf.getKernelsForBackend('cpu')) {
    const kernelFunc = javascript(config.kernelFunc);
    fallbacks.set(config.kernelName, kernelFunc);
    if (nativeKernels.some(({ name }) => name === config.kernelName)) continue;
    tf.registerKernel({ ...config, backendName: nativeBackendName, kernelFunc });
  }
  for (const { name, run, op } of nativeKernels) {
    const fallback = op === undefined ? (fallbacks.get(name) ?? missing(name)) : composed(op);
    tf.registerKernel({ kernelName: name, backendName: nativeBackendName, kernelFunc: dispatched(run, fallback) });
  }
  tf.registerBackend(nativeBackendName, () => new NativeBackend(native), 10);
}

/** Kernels that never decline, so that they need no fall-back. */
function missing(name: string): tf.KernelFunc {
  return () => {
    throw new Error(`native back end: ${name} has no fall-back and must not decline`);
  };
}
