import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { referenceBitKernels } from '../src/reference/bit-kernels.js';
import { type BitKernelHost, registerBitKernels } from '../src/tfjs/index.js';

/** Name of the back end in TensorFlow.js's registry. */
export const referenceBackendName = 'reference';

/** TensorFlow.js's JavaScript back end, with the binary operations on packed bits by the plain loops that define them. May be called again. */
export function registerReferenceBackend(): void {
  if (tf.engine().registryFactory[referenceBackendName] !== undefined) return;
  tf.copyRegisteredKernels('cpu', referenceBackendName);
  registerBitKernels(referenceBackendName, hostOf);
  tf.registerBackend(referenceBackendName, () => new MathBackendCPU());
}

function hostOf(backend: MathBackendCPU): BitKernelHost {
  const valuesOf = ({ dataId }: tf.TensorInfo) => backend.data.get(dataId).values;
  return {
    kernels: referenceBitKernels,
    gradientPrecision: 'fp32',
    floats: (tensor) => valuesOf(tensor) as Float32Array,
    words: (tensor) => valuesOf(tensor) as Int32Array,
    output(shape, dtype) {
      const values = tf.util.getTypedArrayFromDType(dtype, tf.util.sizeFromShape([...shape]));
      return { info: backend.makeTensorInfo([...shape], dtype, values), values } as never;
    },
  };
}
