import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { planStages, runStages, type StageResult } from '@onebit/training';
import type { Recipe } from '../recipes/schema.js';
import { type RecipeStage, recipeAt, resolveStages, teacherOf } from './resolve.js';
import { rehearseRecipe, type TrainingInput, trainRecipe } from './trainer.js';

/**
 * Trains the stages of a recipe, each a run of its own in `<folder>/<number>-<name>`. Before step one every stage is rehearsed: its recipe, data, loss, gradients and
 * evaluation, with fresh networks for those that are not trained yet. Interrupted or killed at any point and called again with `resume`, it goes on with the numbers
 * of an uninterrupted training.
 * @throws OnebitError ERR_RECIPE, ERR_OUTPUT and whatever the training of a stage throws; ERR_INTERRUPTED with a checkpoint in place.
 */
export async function trainStages(recipe: Recipe, input: TrainingInput): Promise<StageResult<RecipeStage>[]> {
  const { folder, output, resume } = input;
  const stages = resolveStages(recipe);
  if (await exists(join(folder, 'config.json'))) {
    throw new OnebitError('ERR_OUTPUT', `${folder}: already holds a run without stages; choose another output folder`);
  }
  if (!(await exists(join(folder, 'stages.json')))) {
    output.print(`${recipe.name}: trying ${stages.map(({ name }) => name).join(', ')} before the first step`);
    for (const place of planStages(stages)) {
      const at = { ...input, folder: join(folder, place.folder), output: output.remarksOnly() };
      await rehearseRecipe(recipeAt(place), at, teacherOf(stages, place.stage));
    }
  }
  return runStages({
    stages,
    output: folder,
    resume: resume ? 'auto' : 'never',
    trainStage: (place, mode) =>
      trainRecipe(recipeAt(place), { ...input, folder: place.folder, resume: mode === 'auto' }),
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
