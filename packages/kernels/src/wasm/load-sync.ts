import { readFileSync } from 'node:fs';
import { type WasmKernels, wasmKernels } from './kernels.js';
import { moduleUrl, unreadable } from './load.js';
import { compileSync, instantiate } from './module.js';

/**
 * As `loadWasm` with the module of this package, without waiting; Node only.
 * @throws OnebitError ERR_BACKEND when the module cannot be read, is cut off, or the host has no WebAssembly SIMD.
 */
export function loadWasmSync(): WasmKernels {
  return wasmKernels(instantiate(compileSync(readModule())));
}

function readModule(): Uint8Array {
  try {
    return readFileSync(moduleUrl);
  } catch (cause) {
    throw unreadable(moduleUrl, cause);
  }
}
