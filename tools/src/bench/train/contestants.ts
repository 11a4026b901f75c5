import { fileURLToPath } from 'node:url';
import { OnebitError } from '@onebit/common';
import type { WorkloadName, WorkloadSize } from '../../workloads/table.js';
import { Contestant, interleave } from '../contestant.js';
import { type Started, startPython } from '../python.js';
import type { RivalForm } from './cases.js';

/** A step, whoever computes it. */
export interface StepOptions {
  readonly workload: WorkloadName;
  readonly size: WorkloadSize;
  readonly threads: number;
}

/**
 * Our own step on a back end of TensorFlow.js.
 * @throws OnebitError ERR_BACKEND where that is not there.
 */
export async function startOurs(
  { workload, size, threads }: StepOptions,
  backend: string,
  precision: 'fp32' | 'bf16' = 'fp32',
): Promise<Started> {
  const worker = fileURLToPath(new URL('./step-worker.js', import.meta.url));
  const args = [worker, workload, String(size.batch), String(size.imageSize), backend, precision];
  try {
    return await Contestant.start('onebit', process.execPath, args, { ONEBIT_THREADS: String(threads) });
  } catch (cause) {
    throw new OnebitError('ERR_BACKEND', `bench train: ${(cause as Error).message}`, { cause });
  }
}

/** PyTorch's step. */
function startTorch(
  { workload, size, threads }: StepOptions,
  { form, layout }: RivalForm,
  device: 'cpu' | 'cuda',
): Promise<Started> {
  const options = { model: workload, form, layout, device, threads, batch: size.batch, size: size.imageSize };
  return startPython('step.py', options);
}

/** PyTorch in one form: ready, and its best step time in the heat. */
export interface HeatResult extends Started {
  readonly form: RivalForm;
  readonly bestMs: number;
}

/** Steps of a heat that count, after one that does not. */
const heatSteps = 2;

/** Lets the forms of the rival run against each other; the fastest comes first. All are left running. */
export async function heat(
  options: StepOptions,
  forms: readonly RivalForm[],
  device: 'cpu' | 'cuda',
): Promise<HeatResult[]> {
  const started: HeatResult[] = [];
  try {
    for (const form of forms) {
      const one = await startTorch(options, form, device);
      started.push({ ...one, form, bestMs: Number.NaN });
    }
    const contestants = started.map(({ contestant }) => contestant);
    const times = await interleave(contestants, { rounds: heatSteps, steps: new Map(), warmup: 1 });
    const results = started.map((one) => ({ ...one, bestMs: Math.min(...(times.get(one.contestant) ?? [])) }));
    return results.sort((a, b) => a.bestMs - b.bestMs);
  } catch (error) {
    for (const { contestant } of started) contestant.stop();
    throw error;
  }
}
