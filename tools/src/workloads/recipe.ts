import type { ImageClassifier } from '@onebit/backbones';
import type { AnyModule } from '@onebit/nn';
import { buildClassifier } from '../classifier/build.js';
import { buildDetector } from '../detector/build.js';
import type { Recipe } from '../recipes/schema.js';
import { classifierWorkload } from './classifier.js';
import { detectorWorkload } from './detector.js';
import type { Workload } from './workload.js';

/** A fresh model of a recipe, and its training step on batches of any size. */
export interface RecipeSteps {
  readonly model: AnyModule;
  at(batchSize: number): Workload;
}

/**
 * Builds the model of a recipe of any task for training steps on noise.
 * @param teacher the network that a classifier's recipe learns from, where it has one
 */
export function recipeSteps(recipe: Recipe, classes: readonly string[], teacher?: ImageClassifier): RecipeSteps {
  if (recipe.task === 'classification') {
    const model = buildClassifier(recipe, classes);
    const at = (batchSize: number) =>
      classifierWorkload({ ...recipe, train: { ...recipe.train, batchSize } }, classes, model, teacher);
    return { model, at };
  }
  const model = buildDetector(recipe, classes);
  const at = (batchSize: number) =>
    detectorWorkload({ ...recipe, train: { ...recipe.train, batchSize } }, classes, model);
  return { model, at };
}
