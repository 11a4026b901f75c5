import { resnet18 } from '@onebit/backbones';
import { type Ssd, ssd } from '@onebit/detection';
import type { PrecisionPlan } from '@onebit/nn';
import type { Recipe } from '../recipes/schema.js';

/** The detector of a recipe with fresh weights, which depend on the recipe's seed alone. */
export function buildDetector({ model, seed }: Pick<Recipe, 'model' | 'seed'>, classes: readonly string[]): Ssd {
  return ssd({
    classes,
    imageSize: model.imageSize,
    logVariance: model.bottleneck !== null,
    plan: model.precision as string | PrecisionPlan,
    seed,
    backbone: (builder) => resnet18({ builder, width: model.width, stem: model.stem }),
  });
}

/** What a recipe binarizes, in words for a table: `float`, a method, or `plan`. */
export function precisionName(recipe: Pick<Recipe, 'model'>): string {
  const { precision, bottleneck } = recipe.model;
  const name = typeof precision === 'string' ? precision : 'plan';
  return bottleneck && name !== 'bidet' ? `${name} + bottleneck` : name;
}
