import { OnebitError, unknownName } from '@onebit/common';
import { type ClassificationDataset, classificationSplits, openClassification } from '@onebit/datasets';
import type { ClassificationRecipe } from '../recipes/classification.js';

/** Names under which sets keep what a classifier is measured on, the most telling first. */
const evalNames = ['val', 'valid', 'validation', 'test'];

/** Both parts of the data of a recipe. */
export interface ClassifierData {
  readonly train: ClassificationDataset;
  readonly evaluation: ClassificationDataset;
}

/** Opens one split the way the recipe says. */
export function openClassifierSplit(recipe: ClassificationRecipe, split: string): Promise<ClassificationDataset> {
  return openClassification(datasetOf(recipe), { split, valShare: recipe.data.valShare });
}

/**
 * Opens both splits of a recipe.
 * @throws OnebitError ERR_RECIPE without a data set, and whatever opening throws.
 */
export async function openClassifierData(recipe: ClassificationRecipe): Promise<ClassifierData> {
  const { trainSplit, evalSplit } = await classifierSplits(recipe);
  const train = await openClassifierSplit(recipe, trainSplit);
  return { train, evaluation: await openClassifierSplit(recipe, evalSplit) };
}

/** The recipe's splits, or the usual names where it leaves them open. */
export async function classifierSplits(
  recipe: ClassificationRecipe,
): Promise<{ trainSplit: string; evalSplit: string }> {
  const spec = datasetOf(recipe);
  const { trainSplit, evalSplit, valShare } = recipe.data;
  const known = await classificationSplits(spec, { valShare });
  const found = evalNames.find((name) => known.includes(name) && name !== trainSplit);
  if (evalSplit === null && found === undefined) throw unknownName(`${spec}: data.evalSplit`, 'val', known);
  return { trainSplit: trainSplit ?? 'train', evalSplit: evalSplit ?? (found as string) };
}

function datasetOf({ name, data }: ClassificationRecipe): string {
  if (data.dataset !== null) return data.dataset;
  throw new OnebitError(
    'ERR_RECIPE',
    `recipe ${name}: data.dataset must be given, for example --dataset cifar10:cifar-10-batches-bin`,
  );
}
