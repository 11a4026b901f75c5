import type { BitKernels } from '../transform.js';
import { type GpuOperation, gpuOperations } from './types.js';

/** A failed check becomes a rejected promise, as the failures on the device are. */
export function asynchronous(checked: BitKernels): Record<GpuOperation, (...args: never[]) => Promise<void>> {
  const entries = gpuOperations.map((name) => {
    const kernel = checked[name] as (...args: never[]) => void | Promise<void>;
    return [name, async (...args: never[]) => kernel(...args)] as const;
  });
  return Object.fromEntries(entries) as Record<GpuOperation, (...args: never[]) => Promise<void>>;
}
