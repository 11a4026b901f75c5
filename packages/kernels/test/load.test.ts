import { afterEach, describe, expect, test, vi } from 'vitest';
import { kernelSets, loadNative, nativeReport } from '../src/native/load.js';

/** A fresh copy of the loader, as a new process with these environment variables has it. */
async function reload(environment: Record<string, string>): Promise<typeof import('../src/native/load.js')> {
  vi.resetModules();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return import('../src/native/load.js');
}

const initial = nativeReport();
afterEach(() => {
  vi.unstubAllEnvs();
  if (!initial.available) return;
  loadNative().setKernelSet(initial.kernelSet!);
  loadNative().setThreads(initial.threads!);
});

describe.runIf(initial.available)('loading the native kernels', () => {
  test('ONEBIT_KERNELS forces a set and the report says why the better ones were not taken', async () => {
    const { loadNative: load, nativeReport: report } = await reload({ ONEBIT_KERNELS: 'scalar', ONEBIT_THREADS: '3' });
    expect([load().kernelSet, load().threads]).toEqual(['scalar', 3]);
    expect(report().tried.slice(1)).toHaveLength(kernelSets.length);
    expect(report().tried.at(-1)).toBe('kernel set scalar: taken');
  });

  test('an unknown set is an error that lists the known ones', async () => {
    const { loadNative: load, nativeReport: report } = await reload({ ONEBIT_KERNELS: 'avx3' });
    expect(load).toThrow(`ONEBIT_KERNELS: unknown name "avx3"; known: ${kernelSets.join(', ')}`);
    expect(report().available).toBe(false);
    expect(report().tried.at(-1)).toContain('avx3');
  });

  test.for(['0', '-1', '1.5', 'two', '257'])('ONEBIT_THREADS=%s is an error', async (threads) => {
    const { loadNative: load } = await reload({ ONEBIT_THREADS: threads });
    expect(load).toThrow(`ONEBIT_THREADS: must be an integer from 1 to 256, got "${threads}"`);
  });

  test('the number of threads can change between calls', () => {
    const native = loadNative();
    for (const threads of [4, 1, 2, 1]) {
      native.setThreads(threads);
      expect(native.threads).toBe(threads);
      const words = new Int32Array(4000);
      native.packBits(new Float32Array(4000 * 32).fill(-1), words, 32, 'pm1');
      expect(words.every((word) => word === -1)).toBe(true);
    }
  });
});
