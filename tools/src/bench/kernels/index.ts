import { loadNative, type NativeKernels, type PeakName } from '@onebit/kernels';
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
    return { ...(await benchResult('kernels', rows)), peaks: measurePeaks(native) };
  } finally {
    native.pinThread(false);
    native.setThreads(threads);
  }
}

const peakNames: readonly PeakName[] = [
  'xor-popcount',
  'carry-save',
  'fp32-fma',
  'int8-dot',
  'bf16-dot',
  'sign-lookup',
];
const peakMs = 100;

/** All peaks that the kernel set has, side by side: what follows from their ratios is explained in docs/performance.md. */
function measurePeaks(native: NativeKernels): Record<string, number> {
  const measured = peakNames.map((name) => [name, native.measurePeak(name, peakMs) / 1e9] as const);
  return Object.fromEntries(measured.filter(([, gops]) => gops > 0));
}
