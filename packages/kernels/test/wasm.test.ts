import { describe } from 'vitest';
import { loadWasmSync } from '../src/wasm/load-sync.js';
import { bitKernelsSuite } from './bit-kernels-suite.js';

const kernels = loadWasmSync();
describe('WebAssembly', () => bitKernelsSuite(() => kernels, false));
