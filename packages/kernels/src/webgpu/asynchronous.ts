import type { BitKernels } from '../transform.js';
import type { GpuOperation } from './dispatch.js';
import { operationNames } from './operations/index.js';

/** A failed check becomes a rejected promise, as the failures on the device are. */
export function asynchronous(checked: BitKernels): Record<GpuOperation, (...args: never[]) => Promise<void>> {
  const entries = operationNames.map((name) => {
    const kernel = checked[name] as (...args: never[]) => void | Promise<void>;
    return [name, async (...args: never[]) => kernel(...args)] as const;
  });
  return Object.fromEntries(entries) as Record<GpuOperation, (...args: never[]) => Promise<void>>;
}
