import type { TrainingBatch, TrainOptions } from '@onebit/training';
import { recordedRecipe } from '../recipes/recorded.js';
import type { Recipe } from '../recipes/schema.js';

/** What `train` takes from a recipe of any task. */
type RecipeTrainOptions = Pick<
  TrainOptions<TrainingBatch>,
  'steps' | 'accumulate' | 'recompute' | 'optimizer' | 'schedule' | 'seed' | 'recipe' | 'gradientClip' | 'ema'
> &
  Pick<TrainOptions<TrainingBatch>, 'recalibrate' | 'evaluateEvery' | 'checkpointEvery'>;

/** The options that a recipe of any task sets alike. */
export function trainOptionsOf(recipe: Recipe, classes: readonly string[]): RecipeTrainOptions {
  const {
    steps,
    accumulate,
    recompute,
    optimizer,
    schedule,
    clipNorm,
    ema,
    recalibrate,
    evaluateEvery,
    checkpointEvery,
  } = recipe.train;
  return {
    steps,
    accumulate,
    recompute,
    optimizer,
    schedule,
    seed: recipe.seed,
    recipe: recordedRecipe(recipe, classes),
    gradientClip: clipNorm ?? undefined,
    ema: ema === null ? undefined : { decay: ema },
    recalibrate: recalibrate ?? undefined,
    evaluateEvery: evaluateEvery ?? steps,
    checkpointEvery,
  };
}
