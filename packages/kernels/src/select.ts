import { OnebitError, unknownName } from '@onebit/common';
import { chooseThreads, loadNative } from './native/load.js';
import { referenceBitKernels } from './reference/bit-kernels.js';
import type { BitKernels } from './transform.js';
import { loadWasmSync } from './wasm/load-sync.js';

/** Implementations of the bit kernels, best first. */
const backends = ['native', 'wasm', 'reference'] as const;
export type BitKernelsName = (typeof backends)[number];

/** Bit kernels that were chosen, and why. */
export interface SelectedBitKernels extends BitKernels {
  readonly name: BitKernelsName;
  /** One line for each better implementation with the reason it was not taken, then one for the one that was. */
  report(): readonly string[];
}

const names = Object.keys(referenceBitKernels) as (keyof BitKernels)[];

const loaders: Record<BitKernelsName, () => BitKernels> = {
  native() {
    const native: Partial<BitKernels> = loadNative();
    const missing = names.filter((name) => native[name] === undefined);
    if (missing.length === 0) return native as BitKernels;
    throw new OnebitError(
      'ERR_BACKEND',
      `native kernels: the add-on must have ${missing.join(', ')}; it is older than this code, run \`node scripts/build-native.mjs\` in packages/kernels`,
    );
  },
  wasm: () => loadWasmSync({ threads: chooseThreads(process.env.ONEBIT_THREADS) }),
  reference: () => referenceBitKernels,
};

/** What became of each implementation; looked at once. */
const outcomes = new Map<BitKernelsName, BitKernels | OnebitError>();

function outcomeOf(name: BitKernelsName): BitKernels | OnebitError {
  let outcome = outcomes.get(name);
  if (outcome !== undefined) return outcome;
  try {
    outcome = loaders[name]();
  } catch (error) {
    if (!(error instanceof OnebitError)) throw error;
    outcome = error;
  }
  outcomes.set(name, outcome);
  return outcome;
}

/**
 * The best bit kernels there are: the native add-on, WebAssembly where it was not built, plain loops where there is neither; or the implementation
 * that is named.
 * @throws OnebitError ERR_BACKEND when the named one is not available, or the kernel set that ONEBIT_KERNELS forces is not; ERR_UNKNOWN_NAME when
 * there is none of that name.
 */
export function bitKernels(preference: 'auto' | BitKernelsName = 'auto'): SelectedBitKernels {
  if (preference !== 'auto') {
    if (!backends.includes(preference)) throw unknownName('bitKernels', preference, ['auto', ...backends]);
    const outcome = outcomeOf(preference);
    if (outcome instanceof OnebitError) throw outcome;
    return selected(preference, outcome, [`${preference}: taken because it was asked for`]);
  }
  const report: string[] = [];
  for (const name of backends) {
    const outcome = outcomeOf(name);
    if (!(outcome instanceof OnebitError)) return selected(name, outcome, [...report, `${name}: taken`]);
    // A forced kernel set that is unknown or not supported is an error, never a reason to run on something else.
    if (outcome.message.startsWith('ONEBIT_KERNELS:')) throw outcome;
    report.push(`${name}: ${outcome.message}`);
  }
  throw new OnebitError('ERR_BACKEND', `bitKernels: one implementation must load, got ${report.join('; ')}`);
}

function selected(name: BitKernelsName, kernels: BitKernels, report: readonly string[]): SelectedBitKernels {
  const functions = Object.fromEntries(names.map((key) => [key, kernels[key]])) as unknown as BitKernels;
  return { ...functions, name, report: () => report };
}
