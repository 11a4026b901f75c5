import type { AnyModule } from '@onebit/nn';
import { rehearse, type TrainingBatch, type TrainOptions, type TrainResult, train } from '@onebit/training';
import { duration, type Output } from '../cli/output.js';
import { type Recipe, taskOf } from '../recipes/schema.js';
import { mainMetrics, metricText, progressLine } from './progress.js';

/** The training of a recipe of any task, ready to begin. */
export interface Training<M extends AnyModule, B extends TrainingBatch> {
  readonly model: M;
  readonly options: TrainOptions<B>;
  /** Ends what reads pictures and lets go of the teacher; the model stays. */
  close(): Promise<void>;
}

/** A trained network with its last weights in place. */
export interface Trained<M extends AnyModule> {
  readonly model: M;
  readonly result: TrainResult;
}

/** Runs a training with a progress line, and closes it. @throws whatever training throws; the model is disposed then. */
export async function runTraining<M extends AnyModule, B extends TrainingBatch>(
  { recipe, output }: { readonly recipe: Recipe; readonly output: Output },
  { model, options, close }: Training<M, B>,
): Promise<Trained<M>> {
  const metric = mainMetrics[taskOf(recipe)];
  const progress = progressLine(recipe, output, metric);
  try {
    const result = await train({ ...options, onProgress: progress.take });
    const { batchSize, accumulate } = recipe.train;
    progress.finish(
      `${recipe.name}: ${result.step} steps of ${batchSize * accumulate} in ${duration(result.seconds)}, ${metricText(metric, result.evaluation)}`,
    );
    return { model, result };
  } catch (error) {
    progress.finish();
    model.dispose();
    throw error;
  } finally {
    await close();
  }
}

/** Does once what a training would do, writes nothing, and lets go of all of it. */
export async function rehearseTraining<M extends AnyModule, B extends TrainingBatch>({
  model,
  options,
  close,
}: Training<M, B>): Promise<void> {
  try {
    await rehearse(options);
  } finally {
    model.dispose();
    await close();
  }
}
