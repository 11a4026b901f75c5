// One thread of src/wasm/pool.ts: runs blocks of the job at hand until none is left, then waits for the next job. Plain JavaScript, because it is
// started from sources and from builds alike.
import { workerData } from 'node:worker_threads';

const { module, memory, control, slots, index, stackTop } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stackTop;
const functions = [exports.convolution_run, exports.depthwise_run];

/** Looks at the job number this often before it sleeps: layers follow each other within less time than waking up takes. */
const spins = 20_000;

function nextJob(last) {
  for (let i = 0; i < spins; i++) {
    const job = Atomics.load(control, slots.job);
    if (job !== last) return job;
  }
  Atomics.wait(control, slots.job, last);
  return Atomics.load(control, slots.job);
}

for (let job = 0; ; ) {
  job = nextJob(job);
  Atomics.add(control, slots.active, 1);
  for (;;) {
    const block = Atomics.add(control, slots.next, 1);
    if (block >= Atomics.load(control, slots.blocks)) break;
    const begin = block * control[slots.grain];
    const end = Math.min(control[slots.count], begin + control[slots.grain]);
    functions[control[slots.code]](control[slots.argument], control[slots.workspaces + index], begin, end);
  }
  if (Atomics.sub(control, slots.active, 1) === 1) Atomics.notify(control, slots.active);
}
