import type { BitKernels } from '../transform.js';
import type { ArgumentsOver, GpuArray, GpuOperation } from './dispatch.js';

/** The kernels over buffers: the arguments are those of {@link BitKernels} with a `GPUBuffer` of exactly that many elements for every array. */
export type GpuBitKernels = {
  readonly [Name in GpuOperation]: (...args: ArgumentsOver<GPUBuffer, Name>) => Promise<void>;
};

/** The kernels over typed arrays, for single calls: uploads every array, runs the kernel, and overwrites the output array when it is done. */
export type AsyncBitKernels = {
  readonly [Name in GpuOperation]: (...args: Parameters<BitKernels[Name]>) => Promise<void>;
};

/**
 * {@link BitKernels} on a WebGPU device. Tensors stay in buffers made by `upload` and `allocate` (one float or word takes 4 bytes, an int8 or a flip
 * one; sizes are rounded up to 4 bytes); every kernel call sends its work to the device's queue before it returns, so calls need not wait for one
 * another. The promise of a call says that its arguments were valid and the device took the work.
 *
 * Packed bits, masks, dots, and outputs without scale and transform (integers below 2^24) equal the reference for every input, NaN and subnormal
 * numbers included. WGSL lets a GPU fuse a multiplication with an addition, flush subnormal numbers, and assume that there is neither NaN nor
 * infinity. Hence transformed floats agree with the reference within `2^-21` of the largest intermediate value of their element (times the slope where
 * that exceeds 1), `int8` outputs are at most one level off and only where the float lies that near to a tie, `bits` outputs differ only where it lies
 * that near to the threshold, and nothing is promised where an intermediate value is NaN or infinite. Gradients are float32 sums in an order of
 * their own; `bf16` is an error.
 *
 * Every failure is an OnebitError: ERR_SHAPE for arguments that do not fit, ERR_BACKEND for limits of the device (with the limit and the size), a lost
 * device, and whatever else the device rejects.
 */
export interface WebGpuKernels extends GpuBitKernels {
  readonly device: GPUDevice;
  readonly arrays: AsyncBitKernels;
  /** A buffer of zeros for storage and copies. */
  allocate(byteLength: number): Promise<GPUBuffer>;
  upload(values: GpuArray): Promise<GPUBuffer>;
  /** Overwrites `into`, which must be as long as the buffer, and returns it; waits for the work sent before. */
  download<T extends GpuArray>(buffer: GPUBuffer, into: T): Promise<T>;
}
