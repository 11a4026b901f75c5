export type { GpuArray } from './device.js';
export { createWebGpuKernels } from './kernels.js';
export type {
  AsyncBitKernels,
  GpuArguments,
  GpuBitKernels,
  GpuOperation,
  OnGpu,
  WebGpuKernels,
} from './types.js';
