import { type EdgeChoice, type ImageClassifier, imageClassifier, type SearchNet, searchNet } from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { planOf } from '../../recipes/precision.js';
import type { CellsSettings } from './options.js';

/** A classifier on a network whose cells are searched. */
export interface SearchedClassifier {
  readonly model: ImageClassifier;
  /** Its backbone. */
  readonly net: SearchNet;
}

/** The classifier of a recipe with searched cells in place of its backbone; weights depend on the recipe's seed alone. */
export function buildSearched(
  { model, seed }: Pick<ClassificationRecipe, 'model' | 'seed'>,
  classes: number,
  space: readonly EdgeChoice[],
  { cells, sampling }: Pick<CellsSettings, 'cells' | 'sampling'>,
): SearchedClassifier {
  const { width, stem, precision } = model;
  const made: SearchNet[] = [];
  const classifier = imageClassifier({
    classes,
    plan: planOf(precision),
    seed,
    backbone: (builder) => {
      made.push(searchNet({ builder, width, cells, sampling, space, ...(stem && { stem }) }));
      return made[0];
    },
  });
  return { model: classifier, net: made[0] };
}

type RecipeOptimizer = ClassificationRecipe['train']['optimizer'];

/**
 * The one optimizer of a recipe.
 * @throws OnebitError ERR_RECIPE for several, which do not go with taking turns
 */
export function singleOptimizer({
  name,
  train,
}: Pick<ClassificationRecipe, 'name' | 'train'>): Exclude<RecipeOptimizer, { readonly kind: 'several' }> {
  if (train.optimizer.kind !== 'several') return train.optimizer;
  throw new OnebitError(
    'ERR_RECIPE',
    `onebit search cells: recipe ${name}: train.optimizer must be one for all weights, got several: alpha has its own, and the two take turns`,
  );
}

/** Where alpha stands among the parameters of such a classifier. */
export const alphaPattern = 'backbone.alpha.**';
