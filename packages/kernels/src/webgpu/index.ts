export type { ArgumentsOver, GpuArray, GpuOperation, Over } from './dispatch.js';
export { createWebGpuKernels } from './kernels.js';
export type { AsyncBitKernels, GpuBitKernels, WebGpuKernels } from './types.js';
