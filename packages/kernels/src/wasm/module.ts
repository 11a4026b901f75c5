import { OnebitError } from '@onebit/common/errors';
import { Arena, maxPages } from './arena.js';
import { host, type WasmMemory, type WasmModule } from './host.js';

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

/** Functions that can run one range of their output at a time: `(argument, workspace, begin, end)`. */
export type RangeFunction = 'convolution_run' | 'depthwise_run';

/** Runs ranges of `grain` that cover [0, count), each with one of the workspaces; no two ranges at a time share one. */
export type RunRanges = (
  functions: WasmFunctions,
  name: RangeFunction,
  argument: number,
  workspaces: readonly number[],
  count: number,
  grain: number,
) => void;

/** A module at work: its functions and the memory for their arguments. */
export interface WasmInstance {
  readonly functions: WasmFunctions;
  readonly arena: Arena;
  /** Threads that run ranges, each with a workspace. */
  readonly threads: number;
  readonly runRanges: RunRanges;
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

/** An instance that runs on the calling thread alone. */
export function instantiate(module: WasmModule): WasmInstance {
  const { functions, memory, heapBase } = open(module, false);
  return {
    functions,
    arena: new Arena(memory, heapBase),
    threads: 1,
    runRanges: (run, name, argument, [workspace], count) => run[name](argument, workspace, 0, count),
  };
}

/** An instance with memory of its own; `heapBase` is the first address behind stack and constants. */
export function open(
  module: WasmModule,
  shared: boolean,
): { functions: WasmFunctions; memory: WasmMemory; heapBase: number } {
  const { Instance, Memory } = available();
  try {
    // 1 MiB is enough for the stack and the constants.
    const memory = new Memory({ initial: 16, maximum: maxPages, shared });
    const { exports } = new Instance(module, { env: { memory } });
    const functions = exports as WasmFunctions & { readonly __heap_base: { readonly value: number } };
    return { functions, memory, heapBase: functions.__heap_base.value };
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
  const rule = 'the module must be whole, and the host must support WebAssembly SIMD';
  return new OnebitError('ERR_BACKEND', `wasm: ${rule}, got: ${reason}`, { cause });
}
