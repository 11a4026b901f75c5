import type { TrainingBatch, TrainOptions } from '@onebit/training';
import type { Output } from '../cli/output.js';
import { recordedRecipe } from '../recipes/recorded.js';
import type { Recipe } from '../recipes/schema.js';
import { initializeRun } from './init.js';

/** Where a run of a recipe stands and what it tells. */
export interface RunPlace {
  /** Folder of the run. */
  readonly folder: string;
  /** True: goes on with a run of the same recipe that stands in the folder. Default: refuses to touch it. */
  readonly resume?: boolean;
  /** Facts for `environment.json` that only the caller knows. */
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** What `train` must still be told: the task. */
type TaskOptions = 'model' | 'lossOf' | 'batches' | 'evaluate' | 'best' | 'onProgress';

/** The options of `train` that recipes of all tasks set alike. */
export function trainOptionsOf(
  recipe: Recipe,
  classes: readonly string[],
  { folder, resume, environment, output, signal }: RunPlace,
): Omit<TrainOptions<TrainingBatch>, TaskOptions> {
  const { batchSize: _, clipNorm, ema, recalibrate, evaluateEvery, matmul, ...alike } = recipe.train;
  const { init } = recipe;
  return {
    ...alike,
    seed: recipe.seed,
    output: folder,
    resume: resume ? 'auto' : 'never',
    recipe: recordedRecipe(recipe, classes),
    environment: { ...environment, matmul },
    gradientClip: clipNorm ?? undefined,
    ema: ema === null ? undefined : { decay: ema },
    recalibrate: recalibrate ?? undefined,
    ...(init && { initialize: (model) => initializeRun(model, init, folder, output) }),
    evaluateEvery: evaluateEvery ?? alike.steps,
    signal,
  };
}
