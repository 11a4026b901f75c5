import { readFileSync } from 'node:fs';
import { OnebitError } from '@onebit/common/errors';
import { type WasmKernels, wasmKernels } from './kernels.js';
import { moduleUrl, unreadable } from './load.js';
import { compileSync, instantiate } from './module.js';
import { instantiateThreads } from './pool.js';

/** Most threads, as of the native kernels. */
const maxThreads = 256;

/** Options of {@link loadWasmSync}. */
export interface WasmSyncOptions {
  /** Threads that share the convolutions, the calling one included. Their workers end with the process. */
  readonly threads?: number;
}

/**
 * As `loadWasm` with the modules of this package, without waiting, and with threads if wanted; Node only, since a page may not block.
 * @throws OnebitError ERR_BACKEND when the module cannot be read, is cut off, or the host has no WebAssembly SIMD.
 */
export function loadWasmSync({ threads = 1 }: WasmSyncOptions = {}): WasmKernels {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= maxThreads)) {
    throw new OnebitError('ERR_BACKEND', `wasm: threads must be an integer from 1 to ${maxThreads}, got ${threads}`);
  }
  if (threads === 1) return wasmKernels(instantiate(compileSync(read(moduleUrl))));
  const module = compileSync(read(new URL('onebit_kernels_threads.wasm', moduleUrl)));
  return wasmKernels(instantiateThreads(module, threads));
}

function read(url: URL): Uint8Array {
  try {
    return readFileSync(url);
  } catch (cause) {
    throw unreadable(url, cause);
  }
}
