import { resnet18 } from '@onebit/backbones';
import { type Ssd, ssd } from '@onebit/detection';
import type { DetectionRecipe } from '../recipes/detection.js';
import { planOf, precisionWords } from '../recipes/precision.js';

/** The detector of a recipe with fresh weights, which depend on the recipe's seed alone. */
export function buildDetector(
  { model, seed }: Pick<DetectionRecipe, 'model' | 'seed'>,
  classes: readonly string[],
): Ssd {
  return ssd({
    classes,
    imageSize: model.imageSize,
    logVariance: model.bottleneck !== null,
    plan: planOf(model.precision),
    seed,
    backbone: (builder) => resnet18({ builder, width: model.width, stem: model.stem }),
  });
}

/** What a recipe binarizes, in words for a table: `float`, a method, or `plan`. */
export function precisionName(recipe: Pick<DetectionRecipe, 'model'>): string {
  const { precision, bottleneck } = recipe.model;
  const name = precisionWords(precision);
  return bottleneck && name !== 'bidet' ? `${name} + bottleneck` : name;
}
