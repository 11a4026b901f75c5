export type { WasmKernels } from './kernels.js';
export { loadWasm, type WasmOptions } from './load.js';
