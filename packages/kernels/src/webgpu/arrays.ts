import { checkedBitKernels } from '../checks/bit-kernels.js';
import type { BitKernels } from '../transform.js';
import { asynchronous } from './asynchronous.js';
import { filterLayout } from './checks.js';
import type { GpuArray, GpuOperation } from './dispatch.js';
import type { AsyncBitKernels, GpuBitKernels, WebGpuKernels } from './types.js';

type Transfers = Pick<WebGpuKernels, 'upload' | 'download'>;
type Call = (...args: unknown[]) => Promise<void>;

/** Where a kernel's output array stands among its arguments. */
const outputs = {
  packBits: (args) => args[1],
  unpackBits: (args) => args[1],
  packFilter: (args) => args[1],
  packMask: (args) => args[1],
  binaryMatMul: (args) => args[2],
  binaryConv2dSum: (args) => (args[4] as { y: unknown }).y,
  binaryDepthwiseConv2d: (args) => (args[4] as { y: unknown }).y,
  maxPoolBits: (args) => args[1],
  binaryConv2dBackpropInput: (args) => args[4],
  binaryConv2dBackpropFilter: (args) => args[2],
  binaryScaleGradient: (args) => args[2],
} satisfies Record<GpuOperation, (args: readonly unknown[]) => unknown>;

/** The kernels over typed arrays: every array found in the arguments is uploaded, whatever object it stands in. */
export function arrayKernels({ upload, download }: Transfers, kernels: GpuBitKernels): AsyncBitKernels {
  const staged = (name: GpuOperation): Call => {
    return async (...args) => {
      const buffers = new Map<unknown, GPUBuffer>();
      try {
        for (const array of arraysIn(args)) buffers.set(array, await upload(array));
        await (kernels[name] as unknown as Call)(...(onGpu(args, buffers) as unknown[]));
        const y = outputs[name](args) as GpuArray;
        await download(buffers.get(y) as GPUBuffer, y);
      } finally {
        for (const buffer of buffers.values()) buffer.destroy();
      }
    };
  };
  const entries = Object.keys(outputs).map((name) => [name, staged(name as GpuOperation)]);
  return asynchronous(
    checkedBitKernels(filterLayout, Object.fromEntries(entries) as BitKernels),
  ) as unknown as AsyncBitKernels;
}

function arraysIn(value: unknown): Set<GpuArray> {
  if (ArrayBuffer.isView(value)) return new Set([value as GpuArray]);
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.values(value).flatMap((member) => [...arraysIn(member)]));
}

function onGpu(value: unknown, buffers: ReadonlyMap<unknown, GPUBuffer>): unknown {
  if (ArrayBuffer.isView(value)) return buffers.get(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => onGpu(member, buffers));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, onGpu(member, buffers)]));
}
