import { OnebitError, unknownName } from '@onebit/common';
import { type DetectionDataset, datasetSplits, openDataset } from '@onebit/datasets';
import type { DetectionRecipe } from '../recipes/detection.js';

/** Names under which sets keep what a detector is measured on, the most telling first. */
const evalNames = ['val', 'val-seen', 'valid', 'validation', 'test'];

/** Both parts of the data of a recipe. */
export interface RecipeData {
  readonly train: DetectionDataset;
  readonly evaluation: DetectionDataset;
}

/** Opens one split the way the recipe says. */
export async function openSplit(
  recipe: DetectionRecipe,
  split: string,
  classes?: readonly string[],
): Promise<DetectionDataset> {
  const { classMap, badBoxes } = recipe.data;
  return openDataset(datasetOf(recipe), {
    split,
    policy: badBoxes,
    ...(classes && { classes }),
    ...(classMap && { classMap }),
  });
}

/**
 * Opens both splits of a recipe and checks that they fit together.
 * @throws OnebitError ERR_RECIPE without a data set, ERR_DATA for classes that differ or a split without objects, and whatever opening throws.
 */
export async function openRecipeData(recipe: DetectionRecipe): Promise<RecipeData> {
  const { trainSplit, evalSplit } = await resolveSplits(recipe);
  const train = await openSplit(recipe, trainSplit);
  const evaluation = await openSplit(recipe, evalSplit, recipe.data.classMap ? undefined : train.classes);
  if (train.classes.join('\n') !== evaluation.classes.join('\n')) {
    throw new OnebitError(
      'ERR_DATA',
      `${datasetOf(recipe)}: ${trainSplit} has the classes ${train.classes.join(', ')}, ${evalSplit} has ${evaluation.classes.join(', ')}`,
    );
  }
  for (const part of [train, evaluation]) {
    if (part.samples.some(({ objects }) => objects.length > 0)) continue;
    throw new OnebitError(
      'ERR_DATA',
      `${datasetOf(recipe)}: split ${part.split} has no labelled object in ${part.samples.length} pictures`,
    );
  }
  return { train, evaluation };
}

/** The recipe's splits, or the usual names where it leaves them open. */
export async function resolveSplits(recipe: DetectionRecipe): Promise<{ trainSplit: string; evalSplit: string }> {
  const spec = datasetOf(recipe);
  const { trainSplit, evalSplit } = recipe.data;
  if (trainSplit !== null && evalSplit !== null) return { trainSplit, evalSplit };
  const known = await datasetSplits(spec);
  const first = (what: string, names: readonly string[]) => {
    // COCO's splits carry their year: `train2017`.
    const found = names.flatMap((name) => known.filter((split) => split.replace(/(?<=[a-z])\d{4}$/, '') === name))[0];
    if (found === undefined) throw unknownName(`${spec}: the ${what} split must be given`, names[0], known);
    return found;
  };
  return {
    trainSplit: trainSplit ?? first('training', ['train', 'trainval']),
    evalSplit:
      evalSplit ??
      first(
        'evaluation',
        evalNames.filter((name) => name !== trainSplit),
      ),
  };
}

function datasetOf({ name, data }: DetectionRecipe): string {
  if (data.dataset !== null) return data.dataset;
  throw new OnebitError(
    'ERR_RECIPE',
    `recipe ${name}: data.dataset must be given, for example --dataset voc:VOCdevkit`,
  );
}
