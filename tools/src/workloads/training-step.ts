import { Random } from '@onebit/common';
import { computeGradients, type LossContext, Optimizer, type TrainingBatch } from '@onebit/training';
import type { Workload } from './workload.js';

/** Small enough that hundreds of repetitions on one batch stay finite. */
const rate = 1e-4;

/** The training step of a workload, again and again: gradients, their norm, clipping, update, as the training loop has them. */
export class TrainingStep {
  /** Trained numbers. */
  readonly parameters: number;
  readonly #optimizer: Optimizer;
  readonly #random = new Random(1);

  constructor(readonly workload: Workload) {
    const { model, optimizer } = workload;
    this.#optimizer = new Optimizer(model.namedParameters(), optimizer);
    this.parameters = this.#optimizer.trained.reduce((sum, [, parameter]) => sum + parameter.size, 0);
  }

  /** One step; its loss. */
  async run(): Promise<number> {
    const { workload } = this;
    const task = {
      lossOf: (_: TrainingBatch, context: LossContext) => workload.lossOf(context),
      count: 1,
      trained: this.#optimizer.trained,
      random: this.#random,
      step: workload.step,
      progress: 0,
    };
    const { total, norm, byName } = await computeGradients(oneBatch(), task);
    const limit = workload.gradientClip ?? Number.POSITIVE_INFINITY;
    this.#optimizer.step(byName, rate, norm > limit ? limit / norm : 1);
    for (const gradient of byName.values()) gradient.dispose();
    return total;
  }
}

/** The workload holds its batch itself. */
async function* oneBatch(): AsyncGenerator<TrainingBatch> {
  yield { ids: [] };
}
