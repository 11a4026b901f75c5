import { join } from 'node:path';
import { type Job, program } from '../../jobs/queue.js';

/** Name of the float twin among the methods, which is how a plan calls it. */
export const floatTwin = 'float';

/** What every training of the comparison has in common. */
export interface Budget {
  readonly recipe: string;
  /** As `--dataset` takes it. */
  readonly dataset: string;
  readonly steps: number;
  readonly batchSize: number;
}

/** One training: a method (or the float twin) from one seed. */
export interface MethodJob extends Job {
  readonly method: string;
  readonly seed: number;
}

/**
 * All trainings, seed by seed, so that an unfinished comparison has every method before it has a second seed. Budget, seeds and order of pictures are those
 * of all methods.
 */
export function planJobs(methods: readonly string[], seeds: number, budget: Budget, root: string): MethodJob[] {
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    methods.map((method) => {
      const name = `${method}-seed${seed}`;
      const folder = join(root, `${budget.steps}x${budget.batchSize}`, name);
      return { name, method, seed, folder, command: commandOf(method, seed, budget, folder) };
    }),
  );
}

/** A twentieth of the run: the recipe's own warm-up is meant for one many times as long. */
function warmup(steps: number): number {
  return Math.max(1, Math.round(steps / 20));
}

function commandOf(method: string, seed: number, { recipe, dataset, steps, batchSize }: Budget, folder: string) {
  const what = [recipe, '--method', method, '--dataset', dataset, '--seed', String(seed), '--out', folder];
  // Half an epoch can't be learnt by heart: augmentation would only slow down what is compared.
  const budget = [
    'data.augment={"kind":"centre"}',
    `train.steps=${steps}`,
    `train.batchSize=${batchSize}`,
    `train.schedule.warmup.steps=${warmup(steps)}`,
  ];
  const changes = budget.flatMap((change) => ['--set', change]);
  return [program, 'train', ...what, ...changes, '--backend', 'native', '--threads', '1', '--workers', '1', '--resume'];
}
