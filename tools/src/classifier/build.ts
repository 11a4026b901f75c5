import { type Backbone, backbones, type ImageClassifier, imageClassifier, type ResNetOptions } from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { planOf } from '../recipes/precision.js';

/** Backbones whose first layers can be chosen. */
const withStem: readonly string[] = ['resnet18', 'resnet34', 'resnet50'];

const withStageWidths: readonly string[] = [...withStem, 'resnet8', 'resnet20', 'resnet32', 'resnet44', 'resnet56'];

/** Whether a backbone takes `model.stageWidths`. */
export function hasStageWidths(backbone: string): boolean {
  return withStageWidths.includes(backbone);
}

/**
 * The classifier of a recipe with fresh weights, which depend on the recipe's seed alone.
 * @throws OnebitError ERR_RECIPE for a stem where there is no choice, and whatever the plan's check throws.
 */
export function buildClassifier(
  { name, model, seed }: Pick<ClassificationRecipe, 'name' | 'model' | 'seed'>,
  classes: readonly string[],
): ImageClassifier {
  const { width, stageWidths, stem } = model;
  if (stem !== null && !withStem.includes(model.backbone)) {
    throw new OnebitError(
      'ERR_RECIPE',
      `recipe ${name}: model.stem must be null for ${model.backbone}, whose first layers have one form, got ${JSON.stringify(stem)}`,
    );
  }
  if (stageWidths && !hasStageWidths(model.backbone)) {
    throw new OnebitError(
      'ERR_RECIPE',
      `recipe ${name}: model.stageWidths must be null for ${model.backbone}, it goes with ${withStageWidths.join(', ')}; got ${JSON.stringify(stageWidths)}`,
    );
  }
  const backbone: (options: ResNetOptions) => Backbone = backbones[model.backbone];
  return imageClassifier({
    classes: classes.length,
    plan: planOf(model.precision),
    seed,
    backbone: (builder) => backbone({ builder, width, ...(stem && { stem }), ...(stageWidths && { stageWidths }) }),
  });
}
