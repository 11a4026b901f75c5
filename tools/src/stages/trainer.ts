import type { TrainResult } from '@onebit/training';
import { buildClassifier } from '../classifier/build.js';
import { openClassifierData } from '../classifier/data.js';
import { checkTeacher } from '../classifier/teacher.js';
import { classifierTraining, trainClassifier } from '../classifier/train.js';
import { openRecipeData } from '../detector/data.js';
import { detectorTraining, trainDetector } from '../detector/train.js';
import type { ClassificationRecipe } from '../recipes/classification.js';
import type { Recipe } from '../recipes/schema.js';
import type { RunPlace } from '../trainer/options.js';
import type { TrainerLimits } from '../trainer/prepare.js';
import { rehearseTraining } from '../trainer/training.js';

/** Where a training stands, and what it may take. */
export type TrainingInput = RunPlace & TrainerLimits;

/** Opens the data of a recipe of any task, trains what it describes, and lets go of the network. */
export async function trainRecipe(recipe: Recipe, input: TrainingInput): Promise<TrainResult> {
  const { model, result } =
    recipe.task === 'classification'
      ? await trainClassifier({ recipe, data: await openClassifierData(recipe), ...input })
      : await trainDetector({ recipe, data: await openRecipeData(recipe), ...input });
  model.dispose();
  return result;
}

/**
 * Opens the data of a recipe and does once what its training would do, without writing anything.
 * @param teacher recipe of the network to learn from, which need not be trained yet: one with fresh weights stands for it.
 */
export async function rehearseRecipe(
  recipe: Recipe,
  input: TrainingInput,
  teacher?: ClassificationRecipe,
): Promise<void> {
  if (recipe.task !== 'classification') {
    return rehearseTraining(await detectorTraining({ recipe, data: await openRecipeData(recipe), ...input }));
  }
  const data = await openClassifierData(recipe);
  const { classes } = data.train;
  if (teacher) checkTeacher(`recipe ${recipe.name}: teacher`, { recipe, classes }, { recipe: teacher, classes });
  const network = teacher && buildClassifier(teacher, classes);
  return rehearseTraining(await classifierTraining({ recipe, data, teacher: network, ...input }));
}
