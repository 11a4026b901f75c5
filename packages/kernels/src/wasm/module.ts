import { OnebitError } from '@onebit/common/errors';
import { Arena, maxPages } from './arena.js';
import { host, type WasmModule } from './host.js';

/** Functions of wasm/*.cc. All arguments are addresses (0 is null), sizes or flags. */
export interface WasmFunctions {
  pack_bits(
    x: number,
    words: number,
    pixels: number,
    channels: number,
    zeroOne: number,
    thresholds: number,
    signs: number,
  ): void;
  pack_mask(x: number, words: number, pixels: number, channels: number, open: number): void;
  unpack_bits(words: number, x: number, pixels: number, channels: number, zeroOne: number): void;
  pack_filter(filter: number, words: number, taps: number, inChannels: number, outChannels: number): void;
  max_pool_bits(geometry: number, x: number, y: number, zeroOne: number): void;
  lay_out_filter(geometry: number, filter: number, panels: number): void;
  convolution_prepare(convolution: number): void;
  convolution_run(convolution: number, workspace: number, begin: number, end: number): void;
  depthwise_run(depthwise: number, values: number, begin: number, end: number): void;
  backprop_input(
    geometry: number,
    dy: number,
    filter: number,
    scale: number,
    mask: number,
    dx: number,
    signs: number,
    gathered: number,
  ): void;
  backprop_filter(
    geometry: number,
    x: number,
    dy: number,
    dw: number,
    padValue: number,
    zeroOne: number,
    values: number,
  ): void;
  scale_gradient(
    dw: number,
    filter: number,
    dScale: number,
    taps: number,
    inChannels: number,
    outChannels: number,
  ): void;
}

/** A module at work: its functions and the memory for their arguments. */
export interface WasmInstance {
  readonly functions: WasmFunctions;
  readonly arena: Arena;
}

/** Compiles the module; bytes that are no module, or need instructions the host lacks, are an ERR_BACKEND. */
export async function compile(bytes: ArrayBuffer | ArrayBufferView): Promise<WasmModule> {
  const { compile } = available();
  return compile(bytes).catch((cause: unknown) => {
    throw invalidModule(cause);
  });
}

/** As {@link compile}, blocking. Browsers allow it only for small modules outside workers. */
export function compileSync(bytes: ArrayBuffer | ArrayBufferView): WasmModule {
  const { Module } = available();
  try {
    return new Module(bytes);
  } catch (cause) {
    throw invalidModule(cause);
  }
}

export function instantiate(module: WasmModule): WasmInstance {
  const { Instance, Memory } = available();
  // Enough for the stack and the constants of the module.
  const memory = new Memory({ initial: 16, maximum: maxPages });
  try {
    const { exports } = new Instance(module, { env: { memory } });
    const functions = exports as WasmFunctions & { readonly __heap_base: { readonly value: number } };
    return { functions, arena: new Arena(memory, functions.__heap_base.value) };
  } catch (cause) {
    throw invalidModule(cause);
  }
}

function available() {
  if (host !== undefined) return host;
  throw new OnebitError('ERR_BACKEND', 'wasm: the host must have WebAssembly, it has none');
}

function invalidModule(cause: unknown): OnebitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const rule = 'onebit_kernels.wasm must be whole, and the host must support WebAssembly SIMD';
  return new OnebitError('ERR_BACKEND', `wasm: ${rule}, got: ${reason}`, { cause });
}
