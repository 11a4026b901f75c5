import {
  type Backbone,
  backbones,
  type CellsOptions,
  type ImageClassifier,
  imageClassifier,
  type ResNetOptions,
} from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { planOf } from '../recipes/precision.js';

const resnets = ['resnet18', 'resnet34', 'resnet50'];

/** What not every backbone takes: settings of `model`, and the backbones they go with. */
const choices: Readonly<Record<'stem' | 'stageWidths' | 'genotype' | 'cells', readonly string[]>> = {
  stem: [...resnets, 'cells'],
  stageWidths: [...resnets, 'resnet8', 'resnet20', 'resnet32', 'resnet44', 'resnet56'],
  genotype: ['cells'],
  cells: ['cells'],
};

/** Whether a backbone takes `model.stageWidths`. */
export function hasStageWidths(backbone: string): boolean {
  return choices.stageWidths.includes(backbone);
}

/**
 * The classifier of a recipe with fresh weights, which depend on the recipe's seed alone.
 * @throws OnebitError ERR_RECIPE for a setting that the backbone does not have, and whatever the plan's check throws.
 */
export function buildClassifier(
  recipe: Pick<ClassificationRecipe, 'name' | 'model' | 'seed'>,
  classes: readonly string[],
): ImageClassifier {
  const { model, seed } = recipe;
  const chosen = chosenOf(recipe);
  const backbone: (options: ResNetOptions & CellsOptions) => Backbone = backbones[model.backbone];
  return imageClassifier({
    classes: classes.length,
    plan: planOf(model.precision),
    seed,
    backbone: (builder) => backbone({ builder, width: model.width, ...chosen }),
  });
}

/** The settings of {@link choices} that a recipe has. */
function chosenOf({
  name,
  model,
}: Pick<ClassificationRecipe, 'name' | 'model'>): Partial<ResNetOptions & CellsOptions> {
  const entries = (Object.keys(choices) as (keyof typeof choices)[]).flatMap((key) => {
    const value = model[key] ?? null;
    if (value === null) return [];
    if (choices[key].includes(model.backbone)) return [[key, value]];
    throw new OnebitError(
      'ERR_RECIPE',
      `recipe ${name}: model.${key} must be null for ${model.backbone}, it goes with ${choices[key].join(', ')}; got ${JSON.stringify(value)}`,
    );
  });
  return Object.fromEntries(entries);
}
