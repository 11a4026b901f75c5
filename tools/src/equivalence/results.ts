import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMetrics } from '@onebit/training';
import { isFinished } from '../jobs/queue.js';
import type { Curve } from './curves.js';
import type { Experiment, PlannedRun } from './plan.js';

/** A finished run as the JSON document keeps it. */
export interface RunResult {
  readonly name: string;
  readonly experiment: Experiment;
  readonly mode: string;
  readonly seed: number;
  readonly steps: number;
  /** Seconds of training, evaluations included; two runs shared the machine. */
  readonly seconds: number;
  readonly loss: Curve;
  /** `[step, mAP in %]`; none for the micro detector. */
  readonly mAP: Curve;
  readonly environment: Readonly<Record<string, unknown>>;
}

/** What the finished ones of the planned runs left in their folders. */
export async function readResults(runs: readonly PlannedRun[]): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const run of runs) if (await isFinished(run.folder)) results.push(await readResult(run));
  return results;
}

async function readResult({ name, experiment, mode, seed, folder }: PlannedRun): Promise<RunResult> {
  const json = async (file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));
  const { step: steps, seconds } = (await json('summary.json')) as { step: number; seconds: number };
  const lines = await readMetrics(folder);
  const loss = lines.flatMap((line) => (line.kind === 'train' ? [[line.step, rounded(line.total)] as const] : []));
  const mAP = lines.flatMap((line) =>
    line.kind === 'evaluation' ? [[line.step, rounded(100 * line.metrics.mAP)] as const] : [],
  );
  const environment = await json('environment.json');
  return { name, experiment, mode, seed, steps, seconds: Math.round(seconds), loss, mAP, environment };
}

/** Six digits: what a float32 loss holds. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
