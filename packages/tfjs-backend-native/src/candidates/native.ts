import { loadNative, nativeReport } from '@onebit/kernels';
import { registerNativeBackend } from '../register.js';
import type { Candidate } from './candidate.js';

/** The C++ add-on. */
export const nativeCandidate: Candidate = {
  async find() {
    loadNative(); // throws with what was tried
    const { kernelSet, threads } = nativeReport();
    return { detail: `${kernelSet}, ${threads} thread${threads === 1 ? '' : 's'}` };
  },
  async start() {
    registerNativeBackend();
  },
};
