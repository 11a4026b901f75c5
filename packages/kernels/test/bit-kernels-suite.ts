import type { BitKernels } from '../src/transform.js';
import { convolutionSuite } from './suites/convolution.js';
import { depthwiseSuite } from './suites/depthwise.js';
import { gradientSuite } from './suites/gradients.js';
import { maxPoolSuite } from './suites/max-pool.js';
import { packingSuite } from './suites/packing.js';

/** Compares every operation of an implementation with the reference; `bf16` says whether its gradients take bfloat16 operands. */
export function bitKernelsSuite(kernels: () => BitKernels, bf16: boolean): void {
  packingSuite(kernels);
  convolutionSuite(kernels);
  depthwiseSuite(kernels);
  maxPoolSuite(kernels);
  gradientSuite(kernels, bf16);
}
