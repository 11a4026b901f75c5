import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebGpuKernels } from '../src/webgpu/kernels.js';
import { openNodeDevice } from '../src/webgpu/node.js';
import type { WebGpuKernels } from '../src/webgpu/types.js';

const required = (process.env.ONEBIT_REQUIRE ?? '').split(',').map((name) => name.trim());

/** Runs a suite on a GPU device, if there is one or ONEBIT_REQUIRE names webgpu. An error that nobody caught fails it: WGSL errors are silent otherwise. */
export async function onGpuDevice(name: string, suite: (kernels: () => WebGpuKernels) => void): Promise<void> {
  const opened = await openNodeDevice().catch((error: Error) => error);
  if (opened instanceof Error) {
    test(`${name}: a GPU adapter is there, or nobody requires one`, ({ skip }) => {
      if (required.includes('webgpu')) throw new Error(`ONEBIT_REQUIRE names webgpu: ${opened.message}`);
      skip(opened.message);
    });
    return;
  }
  describe(name, () => {
    const uncaught: string[] = [];
    let kernels: WebGpuKernels;
    beforeAll(() => {
      opened.addEventListener('uncapturederror', ({ error }) => uncaught.push(error.message));
      kernels = createWebGpuKernels(opened);
    });
    afterAll(() => {
      expect(uncaught).toEqual([]);
      opened.destroy();
    });
    suite(() => kernels);
  });
}
