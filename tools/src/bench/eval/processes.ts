import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { OnebitError } from '@onebit/common';
import { Contestant } from '../contestant.js';
import { type Started, startPython } from '../python.js';
import type { CocoFiles } from './coco-files.js';
import type { SetSize } from './generated-set.js';
import type { MetricName } from './metrics.js';

/**
 * What binds a process to one core, the last one: interrupts and other programs tend to be on the first. Empty where the system has no `taskset`. All threads of
 * the process share that core, so what it has computed is what one thread would have.
 */
export const pin: readonly string[] = findPin();

function findPin(): string[] {
  const command = ['taskset', '-c', String(availableParallelism() - 1)];
  const { status } = spawnSync(command[0], [...command.slice(1), process.execPath, '--version']);
  return status === 0 ? command : [];
}

/** Where an evaluation of COCO files starts: from objects in memory, or from the files. */
export type EvalStart = 'parsed' | 'file';

/** Our evaluation in a process of its own. */
export async function startOurs({ type, truths, results }: CocoFiles, from: EvalStart): Promise<Contestant> {
  return (await startWorker('./eval-worker.js', [type, from, truths, results])).contestant;
}

/** A metric of `@onebit/eval` in a process of its own; it says how much a step works through. */
export function startMetric(name: MetricName, { images, detections }: SetSize): Promise<Started> {
  return startWorker('./metric-worker.js', [name, String(images), String(detections)]);
}

async function startWorker(path: string, args: readonly string[]): Promise<Started> {
  const worker = fileURLToPath(new URL(path, import.meta.url));
  const [command, ...rest] = [...pin, process.execPath, '--expose-gc', worker, ...args];
  try {
    return await Contestant.start('onebit', command, rest);
  } catch (cause) {
    throw new OnebitError('ERR_DATA', `bench eval: ${(cause as Error).message}`, { cause });
  }
}

/** A Python evaluator on the same files. @throws Error that says how to install it. */
export function startRival(tool: string, { type, truths, results }: CocoFiles): Promise<Started> {
  return startPython('coco_eval.py', { tool, type, truths, results }, pin);
}
