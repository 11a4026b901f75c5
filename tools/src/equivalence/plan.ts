import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Job, program } from '../jobs/queue.js';

/** What is compared: whole trainings of the demo and of the blood cells, and step by step a micro detector on every back end. */
export type Experiment = 'demo' | 'bccd' | 'micro';
export const experiments: readonly Experiment[] = ['demo', 'bccd', 'micro'];

/** One training of the comparison: a process of its own, whose run stands in `folder`. */
export interface PlannedRun extends Job {
  readonly experiment: Experiment;
  /** What differs between the runs of an experiment besides the seed: `fp32` and `bf16`, or a back end. */
  readonly mode: string;
  readonly seed: number;
}

export interface PlanOptions {
  /** Folder of all runs. */
  readonly root: string;
  /** Data sets as `--dataset` takes them. */
  readonly scenes: string;
  readonly shapes: string;
  readonly bccd: string;
  /** Steps of a training on bccd, and of the micro detector. */
  readonly bccdSteps: number;
  readonly microSteps: number;
}

const seeds = [1, 2, 3];
const modes = ['fp32', 'bf16'];
const microWorker = fileURLToPath(new URL('./micro-worker.js', import.meta.url));

/** Every run of the comparison, in the order in which they are made: the quick experiments first. */
export function planRuns(options: PlanOptions): PlannedRun[] {
  const { bccdSteps, scenes, bccd } = options;
  const halfway = Math.floor(bccdSteps / 2);
  return [
    ...microRuns(options),
    ...trainings(options, 'demo', 'demo', ['demo-binary', '-d', scenes]),
    ...trainings(options, 'bccd', `bccd-${bccdSteps}`, [
      ...['ssd192-resnet18-half-bidet', '-d', bccd],
      ...['--set', `train.steps=${bccdSteps}`, '--set', `model.bottleneck.startStep=${halfway}`],
    ]),
  ];
}

/** Each seed in both modes, the two of a seed beside each other. */
function trainings({ root }: PlanOptions, experiment: Experiment, prefix: string, args: string[]): PlannedRun[] {
  return seeds.flatMap((seed) =>
    modes.map((mode) => {
      const name = `${prefix}-${mode}-seed${seed}`;
      const folder = join(root, name);
      const fixed = ['--backend', 'native', '--threads', '1', '--workers', '1', '--resume'];
      const varied = ['--seed', String(seed), '--matmul', mode, '-o', folder];
      return { name, experiment, mode, seed, folder, command: [program, 'train', ...args, ...varied, ...fixed] };
    }),
  );
}

/**
 * The micro detector from one seed on every back end. `native avx2` computes in the same precision as `native fp32` and only adds up in another order: how far these two
 * drift apart is what rounding alone does.
 */
function microRuns({ root, shapes, microSteps }: PlanOptions): PlannedRun[] {
  const one = (mode: string, backend: string, matmul: string, env: Record<string, string> = {}): PlannedRun => {
    const name = `micro-${microSteps}-${mode.replace(' ', '-')}`;
    const folder = join(root, name);
    const command = [microWorker, backend, matmul, String(microSteps), shapes, folder];
    return { name, experiment: 'micro', mode, seed: 1, folder, command, env: { ONEBIT_THREADS: '1', ...env } };
  };
  return [
    one('cpu', 'cpu', 'fp32'),
    one('native fp32', 'native', 'fp32'),
    one('native avx2', 'native', 'fp32', { ONEBIT_KERNELS: 'avx2' }),
    one('native bf16', 'native', 'bf16'),
    one('wasm', 'wasm', 'fp32'),
  ];
}
