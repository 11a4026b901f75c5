import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { OnebitError, unknownName } from '@onebit/common';
import type { BinaryKernels } from './binary.js';
import { type BinaryAddOn, binaryKernels } from './binary-calls.js';
import type { BitsKernels } from './bits.js';
import { type BitsAddOn, bitsKernels } from './bits-calls.js';
import type { BoxKernels } from './boxes.js';
import type { ConvKernels } from './conv.js';
import { type ConvAddOn, convKernels } from './conv-calls.js';
import type { Int8Kernels } from './int8.js';
import { type Int8AddOn, int8Kernels } from './int8-calls.js';
import type { MemoryKernels } from './memory.js';
import type { PeakKernels } from './peaks.js';
import type { SignedKernels } from './signed.js';
import { type SignedAddOn, signedKernels } from './signed-calls.js';
import { type PoolAddOn, poolKernels } from './vector/pool-calls.js';
import type { VectorKernels } from './vector.js';

/** Instruction sets the kernels are compiled for, slowest first. */
export const kernelSets = ['scalar', 'neon', 'avx2', 'avx512', 'avx512-vpopcnt'] as const;
export type KernelSet = (typeof kernelSets)[number];

/**
 * The native add-on. Every function checks the type and the length of every array and throws before it reads or writes anything; outputs are
 * arrays of the caller. Results depend on the kernel set and at most on the number of threads, never on scheduling.
 */
export interface NativeKernels
  extends ConvKernels,
    Int8Kernels,
    BinaryKernels,
    BitsKernels,
    SignedKernels,
    VectorKernels,
    BoxKernels,
    PeakKernels,
    MemoryKernels {
  /** The instruction set in use. */
  readonly kernelSet: KernelSet;
  /** Threads in use, the calling one included. */
  readonly threads: number;
  /** Restarts the pool, 1 to 256 threads. One pool serves all JavaScript threads of the process. */
  setThreads(threads: number): void;
  /** Changes the instruction set for the whole process; throws when the machine lacks it. Meant for tests and measurements. */
  setKernelSet(name: KernelSet): void;
  /** The sets this machine can run, best first. */
  supportedKernelSets(): KernelSet[];
}

/** What became of the native kernels: for `onebit doctor` and for error messages. */
export interface NativeReport {
  readonly available: boolean;
  readonly kernelSet?: KernelSet;
  readonly threads?: number;
  /** One line for each thing that was tried, with the reason it failed or was taken. */
  readonly tried: readonly string[];
}

interface AddOn
  extends ConvAddOn,
    Int8AddOn,
    BinaryAddOn,
    BitsAddOn,
    SignedAddOn,
    Omit<VectorKernels, keyof PoolAddOn>,
    PoolAddOn,
    BoxKernels,
    PeakKernels,
    MemoryKernels {
  supportedKernelSets(): KernelSet[];
  selectKernelSet(name: KernelSet): void;
  setThreads(threads: number): void;
}

type Outcome = { kernels: NativeKernels; tried: string[] } | { error: OnebitError; tried: string[] };

let outcome: Outcome | undefined;

/**
 * Loads the add-on once per process. `ONEBIT_KERNELS` (scalar, neon, avx2, avx512, avx512-vpopcnt) forces a kernel set, `ONEBIT_THREADS` the number of threads; the
 * defaults are the best set the CPU and the operating system support and the number of cores this process may use. `ONEBIT_NATIVE_PATH` names another add-on file.
 * @throws OnebitError ERR_BACKEND listing everything that was tried; ERR_UNKNOWN_NAME for an unknown kernel set.
 */
export function loadNative(): NativeKernels {
  outcome ??= tryLoad();
  if ('error' in outcome) throw outcome.error;
  return outcome.kernels;
}

/** As {@link loadNative}, but tells instead of throwing. */
export function nativeReport(): NativeReport {
  outcome ??= tryLoad();
  const { tried } = outcome;
  if ('error' in outcome) return { available: false, tried: [...tried, outcome.error.message] };
  return { available: true, kernelSet: outcome.kernels.kernelSet, threads: outcome.kernels.threads, tried };
}

function tryLoad(): Outcome {
  const tried: string[] = [];
  try {
    const addOn = openAddOn(tried);
    const supported = addOn.supportedKernelSets();
    const set = chooseKernelSet(process.env.ONEBIT_KERNELS, supported);
    const threads = chooseThreads(process.env.ONEBIT_THREADS);
    for (const better of kernelSets.slice(kernelSets.indexOf(set) + 1).toReversed()) {
      const reason = supported.includes(better)
        ? `ONEBIT_KERNELS=${set}`
        : 'not supported by this CPU or operating system';
      tried.push(`kernel set ${better}: ${reason}`);
    }
    tried.push(`kernel set ${set}: taken`);
    return { kernels: wrap(addOn, set, threads), tried };
  } catch (error) {
    if (error instanceof OnebitError) return { error, tried };
    throw error;
  }
}

function openAddOn(tried: string[]): AddOn {
  // The same relative path leads there from src/ and from dist/. A build with sanitizers stands elsewhere.
  const path =
    process.env.ONEBIT_NATIVE_PATH ||
    fileURLToPath(new URL('../../native/build/Release/onebit_kernels.node', import.meta.url));
  try {
    const addOn = createRequire(import.meta.url)(path) as AddOn;
    tried.push(`${path}: loaded`);
    return addOn;
  } catch (error) {
    tried.push(`${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    const fix = 'install g++, make and python3, then run `node scripts/build-native.mjs` in packages/kernels';
    throw new OnebitError(
      'ERR_BACKEND',
      `native kernels: the add-on must load, tried ${tried.join('; ')}; to build it, ${fix}`,
      {
        cause: error,
      },
    );
  }
}

function chooseKernelSet(forced: string | undefined, supported: readonly KernelSet[]): KernelSet {
  if (forced === undefined || forced === '') return supported[0];
  const known = kernelSets.find((name) => name === forced);
  if (known === undefined) throw unknownName('ONEBIT_KERNELS', forced, kernelSets);
  if (supported.includes(known)) return known;
  throw new OnebitError(
    'ERR_BACKEND',
    `ONEBIT_KERNELS: the kernel set must be one this machine supports (${supported.join(', ')}), got ${known}`,
  );
}

/** Threads that `ONEBIT_THREADS` asks for, or as many as this process has cores. */
export function chooseThreads(forced: string | undefined): number {
  if (forced === undefined || forced === '') return Math.min(availableParallelism(), 256);
  const threads = Number(forced);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new OnebitError(
    'ERR_BACKEND',
    `ONEBIT_THREADS: must be an integer from 1 to 256, got ${JSON.stringify(forced)}`,
  );
}

function wrap(addOn: AddOn, set: KernelSet, threads: number): NativeKernels {
  addOn.selectKernelSet(set);
  addOn.setThreads(threads);
  let current = set;
  // But for those that take objects, the kernels are the add-on's own functions: a call costs nothing extra.
  const kernelSet = () => current;
  const spread = {
    ...binaryKernels(addOn, kernelSet),
    ...bitsKernels(addOn),
    ...convKernels(addOn, kernelSet),
    ...int8Kernels(addOn, kernelSet),
    ...poolKernels(addOn),
    ...signedKernels(addOn),
  };
  return Object.assign(Object.create(addOn) as Omit<AddOn, keyof typeof spread>, {
    ...spread,
    kernelSet: set,
    threads,
    setThreads(this: { threads: number }, count: number) {
      addOn.setThreads(count);
      this.threads = count;
    },
    setKernelSet(this: { kernelSet: KernelSet }, name: KernelSet) {
      addOn.selectKernelSet(name);
      this.kernelSet = name;
      current = name;
    },
  });
}
