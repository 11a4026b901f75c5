import { Arguments, type TypedArrays } from '../checks/arguments.js';
import { checkedBitKernels } from '../checks/bit-kernels.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { BitKernels } from '../transform.js';
import { arrayKernels } from './arrays.js';
import { asynchronous } from './asynchronous.js';
import { GpuContext, wholeWords } from './device.js';
import type { Dispatch } from './dispatch.js';
import { operations } from './operations/index.js';
import type { GpuBitKernels, WebGpuKernels } from './types.js';

/** Filters are read as they are packed; none is ever prepared for this set. */
const layout = { kernelSet: 'webgpu', panelWords: () => 0 };

/** Bytes of an element. */
const elementBytes = { Float32Array: 4, Int32Array: 4, Int8Array: 1, Uint8Array: 1 };

/** The checks of the kernels with buffers in place of typed arrays: what a buffer holds is unknown, its size must fit. */
class BufferArguments extends Arguments {
  override isArray(value: unknown): value is Int32Array {
    return typeof value === 'object' && value !== null && 'mapState' in value;
  }

  override array<K extends keyof TypedArrays>(what: string, value: TypedArrays[K], type: K, length?: number): number {
    this.require(this.isArray(value), () => `${what} must be a GPUBuffer`);
    const { size } = value as unknown as GPUBuffer;
    const expected = length === undefined ? size : wholeWords(length * elementBytes[type]);
    this.require(size === expected, () => `${what} must be a buffer of ${expected} bytes, got ${size}`);
    return size / elementBytes[type];
  }

  /** Shaders count in 32-bit integers. */
  override geometry(g: Conv2dGeometry): void {
    super.geometry(g);
    const elements = g.batch * g.outHeight * g.outWidth * g.outChannels;
    this.require(elements < 2 ** 31, () => `geometry: the output must have less than 2^31 elements, got ${elements}`);
  }
}

/**
 * The binary kernels on a WebGPU device, in a browser or, with the package `webgpu`, in Node. The device is the caller's: pipelines live as long as it
 * does, and nothing has to be closed. Request it with the adapter's `maxStorageBufferBindingSize` and `maxBufferSize` where tensors are large.
 */
export function createWebGpuKernels(device: GPUDevice): WebGpuKernels {
  const context = new GpuContext(device);
  const buffers = {
    allocate: (byteLength: number) => context.allocate('allocate', byteLength),
    upload: (values: Parameters<WebGpuKernels['upload']>[0]) => context.allocate('upload', values.byteLength, values),
    download: <T extends Parameters<WebGpuKernels['upload']>[0]>(buffer: GPUBuffer, into: T) =>
      context.download('download', buffer, into),
  };
  const overBuffers = bufferKernels(context);
  return { device, ...buffers, ...overBuffers, arrays: arrayKernels(buffers, overBuffers) };
}

function bufferKernels(context: GpuContext): GpuBitKernels {
  const runs = Object.entries(operations).map(([name, dispatchOf]) => {
    return [
      name,
      (...args: never[]) => context.run((dispatchOf as (...args: never[]) => Dispatch<GPUBuffer>)(...args)),
    ] as const;
  });
  // The checks know arrays by BufferArguments alone, so the types of buffers and arrays may change places here.
  const checked = checkedBitKernels(layout, Object.fromEntries(runs) as unknown as BitKernels, BufferArguments);
  return asynchronous(checked) as unknown as GpuBitKernels;
}
