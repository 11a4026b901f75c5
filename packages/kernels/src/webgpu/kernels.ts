import { checkedBitKernels } from '../checks/bit-kernels.js';
import type { BitKernels } from '../transform.js';
import { arrayKernels } from './arrays.js';
import { asynchronous } from './asynchronous.js';
import { filterLayout, HeldArguments } from './checks.js';
import { GpuContext } from './device.js';
import type { Dispatch, GpuArray } from './dispatch.js';
import { operations } from './operations/index.js';
import type { GpuBitKernels, WebGpuKernels } from './types.js';

/**
 * The binary kernels on a WebGPU device, in a browser or, with the package `webgpu`, in Node. The device is the caller's: pipelines live as long as it
 * does, and nothing has to be closed. Request it with the adapter's `maxStorageBufferBindingSize` and `maxBufferSize` where tensors are large.
 *
 * ```ts
 * const kernels = createWebGpuKernels(device);
 * const [x, words] = [await kernels.upload(values), await kernels.allocate(pixels * wordsFor(channels) * 4)];
 * await kernels.packBits(x, words, channels, 'pm1');
 * const packed = await kernels.download(words, new Int32Array(pixels * wordsFor(channels)));
 * ```
 */
export function createWebGpuKernels(device: GPUDevice): WebGpuKernels {
  const context = new GpuContext(device);
  const buffers = {
    allocate: (byteLength: number) => context.allocate('allocate', byteLength),
    upload: (values: GpuArray) => context.allocate('upload', values.byteLength, values),
    download: <T extends GpuArray>(buffer: GPUBuffer, into: T) => context.download('download', buffer, into),
  };
  const overBuffers = bufferKernels(context);
  return { device, ...buffers, ...overBuffers, arrays: arrayKernels(buffers, overBuffers) };
}

function bufferKernels(context: GpuContext): GpuBitKernels {
  const runs = Object.entries(operations).map(([name, operation]) => {
    const dispatchOf = operation as (...args: never[]) => Dispatch<GPUBuffer>;
    return [name, (...args: never[]) => context.run(dispatchOf(...args))] as const;
  });
  // The checks know arrays by HeldArguments alone, so the types of buffers and arrays may change places here.
  const checked = checkedBitKernels(filterLayout, Object.fromEntries(runs) as unknown as BitKernels, HeldArguments);
  return asynchronous(checked) as unknown as GpuBitKernels;
}
