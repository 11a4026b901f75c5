import { type BitKernelHost, registerBitKernels } from '@onebit/kernels/tfjs';
import { loadWasm, type WasmKernels } from '@onebit/kernels/wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/**
 * Registers the binary operations on packed bits for TensorFlow.js's WebAssembly back end, which from then on convolves and trains on them. The
 * kernels are a module with a memory of its own: floats are copied once on the way in or out, bits are 32 times smaller. May be called again.
 * @throws OnebitError ERR_BACKEND when the host has no WebAssembly SIMD
 */
export async function registerWasmBitKernels(): Promise<void> {
  const kernels = await loadWasm();
  registerBitKernels<BackendWasm>('wasm', (backend) => hostOf(kernels, backend));
}

function hostOf(kernels: WasmKernels, backend: BackendWasm): BitKernelHost {
  return {
    kernels,
    gradientPrecision: 'fp32',
    floats: (tensor) => backend.typedArrayFromHeap(tensor) as Float32Array,
    words: (tensor) => backend.typedArrayFromHeap(tensor) as Int32Array,
    output(shape, dtype) {
      const info = backend.makeOutput([...shape], dtype);
      return { info, values: backend.typedArrayFromHeap(info) } as never;
    },
  };
}
