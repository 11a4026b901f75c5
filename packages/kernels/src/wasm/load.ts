import { OnebitError } from '@onebit/common/errors';
import { type WasmKernels, wasmKernels } from './kernels.js';
import { compile, instantiate } from './module.js';

/** Where the module comes from. */
export interface WasmOptions {
  /** Its bytes, or an address of them; by default the file of this package. */
  readonly source?: URL | ArrayBuffer | ArrayBufferView;
}

/** The module in this package; the same relative path leads there from src/ and from dist/. */
export const moduleUrl: URL = new URL('../../wasm/onebit_kernels.wasm', import.meta.url);

/**
 * The WebAssembly kernels on the calling thread, in an instance of their own. Runs in browsers and in Node.
 * @throws OnebitError ERR_BACKEND when the module cannot be read, is cut off, or the host has no WebAssembly SIMD.
 */
export async function loadWasm({ source = moduleUrl }: WasmOptions = {}): Promise<WasmKernels> {
  const bytes = source instanceof URL ? await read(source) : source;
  return wasmKernels(instantiate(await compile(bytes)));
}

async function read(url: URL): Promise<ArrayBuffer | ArrayBufferView> {
  try {
    if (url.protocol === 'file:') {
      // Only Node has files, and its fetch does not read them.
      const { readFile } = await import('node:fs/promises');
      return await readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    throw unreadable(url, cause);
  }
}

export function unreadable(url: URL, cause: unknown): OnebitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OnebitError('ERR_BACKEND', `wasm: ${url.href} must be readable, got: ${reason}`, { cause });
}
