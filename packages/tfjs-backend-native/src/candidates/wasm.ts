import { registerWasmBitKernels } from '../wasm/bit-kernels.js';
import { registerWasmTrainingKernels } from '../wasm/training-kernels.js';
import type { Candidate } from './candidate.js';

/** WebAssembly with SIMD, of one thread: TensorFlow.js has no more in Node. */
export const wasmCandidate: Candidate = {
  async find() {
    await import('@tensorflow/tfjs-backend-wasm');
    return { detail: '1 thread' };
  },
  async start() {
    registerWasmTrainingKernels();
    await registerWasmBitKernels();
  },
};
