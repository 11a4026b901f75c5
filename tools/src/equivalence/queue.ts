import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedRun } from './plan.js';

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
}

/** Runs what is not finished yet, some at a time and in order; a run that fails does not stop the others. */
export async function runAll(runs: readonly PlannedRun[], { jobs, signal, say }: QueueOptions): Promise<Failure[]> {
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
      const reason = await execute(run, signal);
      say(`${run.name}: ${reason ?? 'done'} (${((performance.now() - started) / 60_000).toFixed(1)} min)`);
      if (reason !== undefined) failures.push({ name: run.name, reason });
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
async function execute({ command, env, folder }: PlannedRun, signal: AbortSignal): Promise<string | undefined> {
  await mkdir(join(folder, '..'), { recursive: true });
  const child = spawn(process.execPath, [...command], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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
