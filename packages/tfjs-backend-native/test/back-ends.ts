import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { referenceBackendName, registerReferenceBackend } from '../../kernels/test/reference-backend.js';
import { nativeAvailable } from '../src/conformance.js';
import { registerNativeBackend } from '../src/register.js';
import { registerWasmBitKernels } from '../src/wasm/bit-kernels.js';
import { registerWasmTrainingKernels } from '../src/wasm/training-kernels.js';

/** Makes a back end known to TensorFlow.js. */
const starters: Record<string, () => void | Promise<void>> = {
  /** Operations composed of standard ops. */
  cpu: () => {},
  /** Packed bits, by the plain loops that define the kernels. */
  [referenceBackendName]: registerReferenceBackend,
  native: registerNativeBackend,
  async wasm() {
    registerWasmTrainingKernels();
    await registerWasmBitKernels();
  },
};

/** Runs `suite` on these back ends, by default all, where they are there. Inside, `start` makes the back end current; tests call it first. */
export function eachBackEnd(
  suite: (start: () => Promise<void>, name: string) => void,
  names: readonly string[] = Object.keys(starters),
): void {
  for (const name of names) {
    const start = async () => {
      await starters[name]();
      registerGradients();
      if (!(await tf.setBackend(name))) throw new Error(`no back end ${name}`);
    };
    describe.skipIf(name === 'native' && !nativeAvailable())(`on ${name}`, () => suite(start, name));
  }
}
