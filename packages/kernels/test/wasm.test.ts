import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { conv2dGeometry } from '../src/geometry.js';
import { loadWasm, moduleUrl } from '../src/wasm/load.js';
import { loadWasmSync } from '../src/wasm/load-sync.js';
import { bitKernelsSuite } from './bit-kernels-suite.js';
import { convolutionSuite } from './suites/convolution.js';
import { depthwiseSuite } from './suites/depthwise.js';

const bytes = readFileSync(moduleUrl);
const loaded = await loadWasm().catch((error: Error) => error);
const required = (process.env.ONEBIT_REQUIRE ?? '').split(',').map((name) => name.trim());

describe('the WebAssembly module', () => {
  test('was built from the sources at hand', () => {
    const script = fileURLToPath(new URL('../scripts/build-wasm.mjs', import.meta.url));
    const { stderr } = spawnSync(process.execPath, [script, '--manifest'], { encoding: 'utf8' });
    expect(stderr).toBe('');
  });

  test('is small', () => expect(bytes.length).toBeLessThan(50_000));

  test.for([0, 100, 4000])('cut off after %i bytes is an error that says so', async (length) => {
    const cut = loadWasm({ source: bytes.subarray(0, length) });
    await expect(cut).rejects.toThrow(/^wasm: the module must be whole.*got: WebAssembly/);
    await expect(cut).rejects.toMatchObject({ name: 'OnebitError', code: 'ERR_BACKEND' });
  });

  test('comes from any address that fetch reads', async () => {
    const source = new URL(`data:application/wasm;base64,${bytes.toString('base64')}`);
    await expect(loadWasm({ source })).resolves.toMatchObject({ kernelSet: 'wasm-simd128', threads: 1 });
  });

  test('that cannot be read is an error that names the file', async () => {
    const loading = loadWasm({ source: new URL('missing.wasm', moduleUrl) });
    await expect(loading).rejects.toThrow(/^wasm: file:.*missing\.wasm must be readable, got: ENOENT/);
  });
});

if (loaded instanceof Error) {
  test('WebAssembly kernels are there, or nobody requires them', ({ skip }) => {
    if (required.includes('wasm')) throw loaded;
    skip(loaded.message);
  });
} else {
  describe('WebAssembly', () => bitKernelsSuite(() => loaded, false));

  const threaded = loadWasmSync({ threads: 3 });
  describe('WebAssembly, 3 threads', () => {
    convolutionSuite(() => threaded);
    depthwiseSuite(() => threaded);

    test.for([0, 1.5, 257])('cannot be %d', (threads) => {
      expect(() => loadWasmSync({ threads })).toThrow(`wasm: threads must be an integer from 1 to 256, got ${threads}`);
    });
  });

  describe('WebAssembly kernels', () => {
    test('have fp32 gradients only', () => {
      const g = conv2dGeometry([1, 1, 1, 1], [1, 1, 1, 1]);
      const one = new Float32Array(1);
      const gradient = () => loaded.binaryConv2dBackpropInput(one, new Int32Array(1), null, null, one, g, 'bf16');
      expect(gradient).toThrow("binaryConv2dBackpropInput: precision must be 'fp32' on WebAssembly, got 'bf16'");
    });

    test('do not take a filter prepared for others', () => {
      const g = conv2dGeometry([1, 1, 1, 1], [1, 1, 1, 1]);
      const filter = { ...loaded.prepareFilter(new Int32Array(1), g), kernelSet: 'scalar' };
      const term = { x: new Int32Array(1), filter, scale: null };
      const output = { type: 'dots', y: new Int32Array(1) } as const;
      const run = () => loaded.binaryConv2dSum([term], g, { padValue: 0, levels: 'pm1' }, {}, output);
      expect(run).toThrow('must be prepared for wasm-simd128, got one prepared for scalar; prepare it again');
    });

    test('keep their memory between calls and use it again', () => {
      const kernels = loadWasmSync();
      const x = new Float32Array(1 << 20);
      const words = new Int32Array(1 << 15);
      kernels.packBits(x, words, 32, 'pm1');
      const before = kernels.memoryBytes();
      expect(before).toBeGreaterThan(x.byteLength);
      for (let i = 0; i < 20; i++) kernels.packBits(x, words, 32, 'pm1');
      expect(kernels.memoryBytes()).toBe(before);
    });

    test('say so when the operands do not fit into 4 GiB, and work on', () => {
      const kernels = loadWasmSync();
      // The weights of one pixel, spread out as vectors of signs, take 4 GiB.
      const padding = { top: 4095, bottom: 0, left: 4095, right: 0 };
      const g = conv2dGeometry([1, 1, 1, 32], [4096, 4096, 32, 2], { padding });
      const [dy, filter, dx] = [new Float32Array(2), new Int32Array(2 * 4096 * 4096), new Float32Array(32)];
      const call = () => kernels.binaryConv2dBackpropInput(dy, filter, null, null, dx, g, 'fp32');
      expect(call).toThrow(/^wasm: the operands of one call must fit into 4 GiB .*, got a call that needs \d+ MiB$/);
      const words = new Int32Array(1);
      kernels.packBits(Float32Array.of(1, -1), words, 2, 'pm1');
      expect(words[0]).toBe(2);
    });

    test('run in a worker thread', async () => {
      const script = `
        const { parentPort, workerData } = require('node:worker_threads');
        import(workerData).then(({ loadWasm }) => loadWasm()).then((kernels) => {
          const words = new Int32Array(1);
          kernels.packBits(Float32Array.of(-1, 1, -1), words, 3, 'pm1');
          parentPort.postMessage(words[0]);
        });`;
      const entry = new URL('../dist/wasm/index.js', import.meta.url).href;
      const worker = new Worker(script, { eval: true, workerData: entry, execArgv: [] });
      const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
      expect(answer).toBe(0b101);
    });
  });
}
