import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `onebit` program, to be run by Node. */
export const program = fileURLToPath(new URL('../../bin/onebit.mjs', import.meta.url));

/** A training in a process of its own, which leaves a run in `folder` and goes on there if it is started again. */
export interface Job {
  readonly name: string;
  readonly folder: string;
  /** Arguments of Node. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A run that did not come to its end, with the last lines it wrote. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

export interface QueueOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Aborting stops the running ones, which leave a checkpoint. */
  readonly signal: AbortSignal;
  say(line: string): void;
  /** Added to the priority of each process as `nice` does; default 0. */
  readonly nice?: number;
  /** Told of each job that came to its end in this call. */
  onDone?(job: Job): Promise<void>;
}

/** Runs what is not finished yet, some at a time and in order; a run that fails does not stop the others. */
export async function runAll(runs: readonly Job[], options: QueueOptions): Promise<Failure[]> {
  const { jobs, signal, say } = options;
  const failures: Failure[] = [];
  const waiting = [...runs];
  const worker = async () => {
    for (;;) {
      const run = waiting.shift();
      if (run === undefined || signal.aborted) return;
      if (await isFinished(run.folder)) {
        say(`${run.name}: done before`);
        continue;
      }
      const started = performance.now();
      say(`${run.name}: starts`);
      const reason = await execute(run, options);
      say(`${run.name}: ${reason ?? 'done'} (${((performance.now() - started) / 60_000).toFixed(1)} min)`);
      if (reason === undefined) await options.onDone?.(run);
      else failures.push({ name: run.name, reason });
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return failures;
}

/** Whether the run in a folder came to its last step. */
export async function isFinished(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'summary.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { status?: string }).status === 'finished';
}

/** Returns why it failed, if it did. */
async function execute({ command, env, folder }: Job, { signal, nice = 0 }: QueueOptions): Promise<string | undefined> {
  await mkdir(join(folder, '..'), { recursive: true });
  const child = spawn(process.execPath, [...command], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid !== undefined && nice > 0) setPriority(child.pid, nice);
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  try {
    return await ending(child);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function ending(child: ChildProcess): Promise<string | undefined> {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killedBy) => {
      const lastLine = tail.trim().split('\n').at(-1) ?? '';
      resolve(code === 0 ? undefined : `${killedBy ?? `exit code ${code}`}: ${lastLine}`);
    });
  });
}
