import { afterEach, describe, expect, test, vi } from 'vitest';
import { nativeReport } from '../src/native/load.js';
import { type BitKernelsName, bitKernels } from '../src/select.js';

afterEach(() => vi.unstubAllEnvs());

/** The module as a new process has it, where the add-on is not built. */
async function withoutAddOn(): Promise<typeof import('../src/select.js')> {
  vi.resetModules();
  vi.stubEnv('ONEBIT_NATIVE_PATH', '/nowhere/onebit_kernels.node');
  return import('../src/select.js');
}

describe('choosing the bit kernels', () => {
  test('the best one there is comes first', () => {
    const { name, report } = bitKernels();
    const better = { native: 0, wasm: 1, reference: 2 }[name];
    expect(report().map((line) => line.split(':')[0])).toEqual(['native', 'wasm', 'reference'].slice(0, better + 1));
    expect(report().at(-1)).toBe(`${name}: taken`);
    if (!nativeReport().available) expect(name).toBe('wasm');
  });

  test('its functions work by themselves', () => {
    const { binaryMatMul, packBits } = bitKernels();
    const words = new Int32Array(2);
    packBits(Float32Array.of(1, -1, -1, -1), words, 2, 'pm1');
    const dots = new Int32Array(4);
    binaryMatMul(words, words, dots, 2, 'pm1');
    expect([...dots]).toEqual([2, 0, 0, 2]);
  });

  test('without the add-on it is WebAssembly, which says so and works', async () => {
    const { bitKernels: select } = await withoutAddOn();
    const kernels = select();
    expect(kernels.name).toBe('wasm');
    expect(kernels.report()).toHaveLength(2);
    expect(kernels.report()[0]).toContain('native: native kernels: the add-on must load');
    expect(kernels.report()[1]).toBe('wasm: taken');
    const words = new Int32Array(1);
    kernels.packBits(Float32Array.of(1, -1), words, 2, 'pm1');
    expect(words[0]).toBe(2);
  });

  test.runIf(nativeReport().available)(
    'a forced kernel set that does not exist is an error, not WebAssembly',
    async () => {
      vi.resetModules();
      vi.stubEnv('ONEBIT_KERNELS', 'avx3');
      const { bitKernels: select } = await import('../src/select.js');
      expect(() => select()).toThrow('ONEBIT_KERNELS: unknown name "avx3"');
    },
  );

  test.for(['wasm', 'reference'] as const)('%s can be asked for', (name) => {
    expect(bitKernels(name).name).toBe(name);
    expect(bitKernels(name).report()).toEqual([`${name}: taken because it was asked for`]);
  });

  test('what is asked for and not there is an error', async () => {
    const { bitKernels: select } = await withoutAddOn();
    expect(() => select('native')).toThrow('native kernels: the add-on must load');
    expect(() => select('cuda' as BitKernelsName)).toThrow(
      'bitKernels: unknown name "cuda"; known: auto, native, wasm, reference',
    );
  });
});
