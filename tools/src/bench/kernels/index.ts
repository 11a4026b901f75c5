import { loadNative } from '@onebit/kernels';
import { type BenchResult, type BenchRow, benchResult } from '../result.js';
import type { BenchInput } from '../table.js';
import { binaryConvCases } from './binary-conv.js';
import { type KernelCase, runCase } from './case.js';
import { floatConvCases } from './float-conv.js';
import { gradientCases } from './gradients.js';
import { int8ConvCases } from './int8-conv.js';
import { packingCases } from './packing.js';
import { wasmConvCases } from './wasm-conv.js';

/** Turns of each contestant; the table asks for a median of at least 20. */
const defaultRounds = 21;
const quickRounds = 3;

/** Every kernel of the table against the machine's limits and against others, on one core. */
export async function benchKernels({ rounds, quick, filter, output, signal }: BenchInput): Promise<BenchResult> {
  const native = loadNative();
  const { threads } = native;
  native.setThreads(1);
  const pinned = native.pinThread(true);
  if (!pinned) output.warn('the system does not allow to bind the benchmark to one core');
  try {
    const all: KernelCase[] = [
      ...binaryConvCases(native),
      ...packingCases(native),
      ...gradientCases(native),
      ...floatConvCases(native),
      ...int8ConvCases(native),
      ...wasmConvCases(),
    ];
    const cases = all.filter(({ name, implementation }) => `${name} ${implementation}`.includes(filter ?? ''));
    const rows: BenchRow[] = [];
    const progress = output.progress('bench kernels', cases.length);
    for (const [i, one] of cases.entries()) {
      signal.throwIfAborted();
      progress.update(i, one.name);
      rows.push(...(await runCase(one, rounds ?? (quick ? quickRounds : defaultRounds))));
    }
    progress.finish();
    return benchResult('kernels', rows);
  } finally {
    native.pinThread(false);
    native.setThreads(threads);
  }
}
