import { OnebitError, unknownName } from '@onebit/common';
import { nativeReport } from '@onebit/kernels';
import { registerGradients } from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackendName, registerNativeBackend } from './register.js';
import { registerWasmBitKernels } from './wasm/bit-kernels.js';
import { registerWasmTrainingKernels } from './wasm/training-kernels.js';

/** Back ends from best to slowest. */
const order = ['tensorflow', 'native', 'wasm', 'cpu'] as const;
/** A back end of {@link selectBackend}. */
export type BackendName = (typeof order)[number];

/** Which back end is in use and why no better one. */
export interface BackendReport {
  readonly name: BackendName;
  /** For each better back end that was not taken, the reason. */
  readonly skipped: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Instruction set of the native kernels, when they are in use. */
  readonly kernelSet?: string;
  /** Threads of the native kernels, when they are in use. */
  readonly threads?: number;
}

/** How each back end is made ready; rejects with the reason and the fix when it can't be. */
const starters: Record<BackendName, () => Promise<void>> = {
  tensorflow: startTensorFlow,
  native: async () => registerNativeBackend(),
  wasm: startWasm,
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
  },
};

/**
 * Makes the best back end current and registers the gradients: TensorFlow's C library if `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node` is
 * installed, else the native add-on, else WebAssembly (about 15 times slower in training), else plain JavaScript (only for toy sizes).
 * @param preference a name takes that one or fails; `'auto'` (or nothing) takes the best.
 * @throws OnebitError ERR_BACKEND with the reasons and the fix; ERR_UNKNOWN_NAME.
 */
export async function selectBackend(preference: BackendName | 'auto' = 'auto'): Promise<BackendReport> {
  const known: readonly string[] = ['auto', ...order];
  if (!known.includes(preference)) throw unknownName('selectBackend', preference, known);
  const skipped: { name: BackendName; reason: string }[] = [];
  for (const name of preference === 'auto' ? order : [preference]) {
    try {
      await starters[name]();
      if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not initialize it`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (preference !== 'auto') throw unavailable(name, reason, error);
      skipped.push({ name, reason });
      continue;
    }
    registerGradients();
    return { name, skipped, ...nativeDetails(name) };
  }
  throw unavailable('cpu', skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
}

function unavailable(name: string, reason: string, cause?: unknown): OnebitError {
  const message = `selectBackend: the back end ${name} must be available, but: ${reason}`;
  return new OnebitError('ERR_BACKEND', message, { cause });
}

function nativeDetails(name: BackendName): { kernelSet?: string; threads?: number } {
  if (name !== nativeBackendName) return {};
  const { kernelSet, threads } = nativeReport();
  return { kernelSet, threads };
}

async function startTensorFlow(): Promise<void> {
  const failures: string[] = [];
  // Optional peers, not in our dependencies: the names are variables so that the type checker does not look for them.
  for (const module of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      await import(module);
      if (tf.engine().registryFactory.tensorflow !== undefined) return;
      failures.push(`${module} uses another copy of @tensorflow/tfjs-core; install version ${tf.version_core}`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      failures.push(code === 'ERR_MODULE_NOT_FOUND' ? `${module} is not installed` : `${module}: ${error}`);
    }
  }
  throw new Error(failures.join('; '));
}

async function startWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  registerWasmTrainingKernels();
  await registerWasmBitKernels();
}
