import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OnebitError } from '@onebit/common';
import { move, Piscina, transferableSymbol, valueSymbol } from 'piscina';

/** What makes a batch of a task: a function of this process, and the module of the loader's folders whose `work` does the same in a worker thread. */
export interface Production<T, R> {
  make(task: T): Promise<R>;
  /** Path of the module without its extension, relative to `src`, such as `loader/worker`. */
  readonly worker: string;
}

/** Makes batches, here or in worker threads. */
export interface Producer<T, R> {
  make(task: T): Promise<R>;
  close(): Promise<void>;
}

/** @param workers 0 for the calling thread. */
export function createProducer<T, R>({ make, worker }: Production<T, R>, workers: number): Producer<T, R> {
  if (workers === 0) return { make, close: async () => undefined };
  const pool = new Piscina({
    filename: workerFile(worker),
    name: 'work',
    // Not the flags of this process: under Vitest they make packages resolve to TypeScript, which a worker cannot run.
    execArgv: [],
    minThreads: workers,
    maxThreads: workers,
    // The next task lies ready in the worker when one is done: the thread that hands out tasks may be busy with a training step.
    concurrentTasksPerWorker: 2,
  });
  // Tasks that wait are dropped, those that run are waited for: a worker that is ended while its answer is on the way would end the process.
  return { make: (task) => pool.run(task), close: () => pool.close({ force: true }) };
}

/** Marks a worker's answer so that the pixels of its batch are handed over, not copied. */
export function handOver<R extends { readonly images: Float32Array }>(result: R): R {
  const handedOver = { [transferableSymbol]: result.images.buffer, [valueSymbol]: result };
  // Piscina takes the wrapper apart on the way: the caller receives the result itself.
  return move(handedOver) as unknown as R;
}

/** Worker threads run JavaScript: when this file itself is TypeScript (under Vitest), the compiled worker is used. */
function workerFile(worker: string): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(`${isSource ? '../../dist' : '..'}/${worker}.js`, import.meta.url));
  if (existsSync(path)) return path;
  throw new OnebitError(
    'ERR_BACKEND',
    `loader: worker threads need ${path}, found no such file. Build with \`npm run build\`, or use workers: 0.`,
  );
}
