import type { BitKernels } from '../transform.js';
import { heldTensor, type TensorBackend, tensorKernels } from '../webgpu/tensor-kernels.js';
import { type BitKernelHost, type BitKernelOutput, registerBitKernels } from './bit-kernels.js';

/**
 * Registers the kernels over packed bits for TensorFlow.js's WebGPU back end (`@tensorflow/tfjs-backend-webgpu`, name `webgpu`), which from then on
 * convolves and trains on them. May be called before the back end is made, and again.
 */
export function registerWebGpuBitKernels(): void {
  registerBitKernels('webgpu', (backend) => hostOf(backend as unknown as TensorBackend));
}

/** Tensors stand where other hosts have arrays: the kernels never look into them on the CPU. */
function hostOf(backend: TensorBackend): BitKernelHost {
  const held = (tensor: object) => heldTensor(tensor as never) as never;
  return {
    kernels: tensorKernels(backend) as unknown as BitKernels,
    gradientPrecision: 'fp32',
    floats: held,
    words: held,
    output(shape, dtype) {
      const info = backend.makeTensorInfo([...shape], dtype);
      return { info, values: held(info) } as BitKernelOutput<typeof dtype>;
    },
  };
}
