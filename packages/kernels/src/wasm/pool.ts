import { Worker } from 'node:worker_threads';
import { Arena } from './arena.js';
import type { WasmMemory, WasmModule } from './host.js';
import { open, type RangeFunction, type RunRanges, type WasmInstance } from './module.js';

/** Bytes of the stack of one thread. */
const stackBytes = 65536;
/** Value of `next` between jobs: beyond every number of blocks, so a thread that comes late finds nothing to do. */
const closed = 2 ** 30;

/** Places in the control array; all but the first four are read only by those who hold a block. */
const slots = {
  job: 0,
  next: 1,
  blocks: 2,
  active: 3,
  code: 4,
  argument: 5,
  count: 6,
  grain: 7,
  workspaces: 8,
} as const;
const codes: Record<RangeFunction, number> = { convolution_run: 0, depthwise_run: 1 };

/** An instance whose memory is shared by `threads` threads, the calling one included. */
export function instantiateThreads(module: WasmModule, threads: number): WasmInstance {
  const { functions, memory, heapBase } = open(module, true);
  const stacks = Math.ceil(heapBase / 16) * 16;
  const arena = new Arena(memory, stacks + (threads - 1) * stackBytes);
  return { functions, arena, threads, runRanges: startPool(module, memory, threads, stacks) };
}

/**
 * Starts the other threads. The calling thread takes part in every job and waits only for threads that have begun with it: while workers still start,
 * jobs are right, if slower. The workers do not keep the process alive.
 */
function startPool(module: WasmModule, memory: WasmMemory, threads: number, stacks: number): RunRanges {
  const control = new Int32Array(new SharedArrayBuffer(4 * (slots.workspaces + threads)));
  control[slots.next] = closed;
  for (let index = 1; index < threads; index++) {
    const stackTop = stacks + index * stackBytes;
    const worker = new Worker(new URL('../../wasm/worker.mjs', import.meta.url), {
      workerData: { module, memory, control, slots, index, stackTop },
      execArgv: [],
    });
    worker.unref();
  }
  return (functions, name, argument, workspaces, count, grain) => {
    const blocks = Math.ceil(count / grain);
    control.set([codes[name], argument, count, grain, ...workspaces], slots.code);
    Atomics.store(control, slots.blocks, blocks);
    Atomics.store(control, slots.next, 0);
    Atomics.add(control, slots.job, 1);
    Atomics.notify(control, slots.job, Math.min(threads, blocks) - 1);
    for (let block = Atomics.add(control, slots.next, 1); block < blocks; block = Atomics.add(control, slots.next, 1)) {
      functions[name](argument, workspaces[0], block * grain, Math.min(count, (block + 1) * grain));
    }
    Atomics.store(control, slots.next, closed);
    for (let active = Atomics.load(control, slots.active); active > 0; active = Atomics.load(control, slots.active)) {
      Atomics.wait(control, slots.active, active);
    }
  };
}
