import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OnebitError } from '@onebit/common';
import { Piscina } from 'piscina';
import { type BatchResult, type BatchTask, makeBatch } from './batch.js';

/** Makes batches, here or in worker threads. */
export interface Producer {
  make(task: BatchTask): Promise<BatchResult>;
  close(): Promise<void>;
}

/** @param workers 0 for the calling thread. */
export function createProducer(workers: number): Producer {
  if (workers === 0) return { make: makeBatch, close: async () => undefined };
  const pool = new Piscina({
    filename: workerFile(),
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

/** Worker threads run JavaScript: when this file itself is TypeScript (under Vitest), the compiled worker is used. */
function workerFile(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(isSource ? '../../dist/loader/worker.js' : './worker.js', import.meta.url));
  if (existsSync(path)) return path;
  throw new OnebitError(
    'ERR_BACKEND',
    `loader: worker threads need ${path}, found no such file. Build with \`npm run build\`, or use workers: 0.`,
  );
}
