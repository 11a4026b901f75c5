import { join } from 'node:path';
import { deriveGenotype, type EdgeChoice, type Genotype, wholeSpace } from '@onebit/backbones';
import { buildClassifier } from '../../classifier/build.js';
import { openClassifierData } from '../../classifier/data.js';
import { applyMatmul } from '../../cli/backend.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { precisionWords } from '../../recipes/precision.js';
import { recordedRecipe } from '../../recipes/recorded.js';
import { expectTask, parseRecipe } from '../../recipes/schema.js';
import { claimSearchFolder } from '../folder.js';
import { defineSearch, type SearchInput } from '../kind.js';
import { halvesOf } from './data.js';
import { type CellsDocument, publishCells } from './document.js';
import { searchByGradients } from './gradients.js';
import { buildSearched, singleOptimizer } from './network.js';
import { type CellsSettings, cellsOptions, cellsSettings } from './options.js';
import type { SearchPhase } from './phase.js';
import { type CreditedEdge, creditOperations, dropWorst } from './reduction.js';

/** Differentiable search for binary cells (DARTS, arXiv 1806.09055; BNAS, arXiv 1911.10862). */
export const cells = defineSearch({
  options: cellsOptions,
  example: [
    'onebit search cells resnet20-cls -d cifar10:cifar-10-batches-bin --updates 2000 -o runs/cells',
    'cells of binary convolutions, pools and skips, by gradients',
  ],
  run: searchCells,
});

/** Everything random comes from the recipe's seed; a search that was stopped or killed goes on with `resume` and ends with the same result. */
async function searchCells(input: SearchInput<typeof cellsOptions>): Promise<CellsDocument> {
  const { folder, resume, output } = input;
  const recipe = expectTask(input.recipe, 'classification', 'onebit search cells');
  singleOptimizer(recipe);
  const settings = cellsSettings(input.options, wholeSpace(1)[0].operations.length);
  const { train: data } = await openClassifierData(recipe); // both splits, so that the recipe found can be trained on them
  const halves = halvesOf(data, recipe);
  checkNetworks(recipe, data.classes, settings);
  applyMatmul(recipe.train.matmul);
  const config = { search: 'cells', recipe: recordedRecipe(recipe, data.classes), settings };
  await claimSearchFolder(folder, config, resume);
  output.print(`${halves.weights.length} pictures for the weights, ${halves.alpha.length} for alpha`);
  const common = { ...input, recipe, settings, halves, classes: data.classes };
  const { space, loops, last } = await reduced(common);
  const records = await searchByGradients({ ...common, folder: join(folder, 'search'), initial: last }, space);
  const { top1, edges } = records[records.length - 1];
  const genotype = deriveGenotype(edges);
  const facts = {
    search: 'cells',
    recipe: recipe.name,
    precision: precisionWords(recipe.model.precision),
    dataset: data.name,
    seed: recipe.seed,
    settings,
    pictures: { weights: halves.weights.length, alpha: halves.alpha.length },
    loops,
    records,
    genotype,
  } as const;
  const document = await publishCells(folder, facts, foundRecipe(recipe, settings, genotype));
  output.print(`all operations mixed recognise ${(100 * top1).toFixed(1)} % of alpha's half`);
  output.print(
    `result  ${join(folder, 'cells.json')}\nfigures ${join(folder, 'cells.svg')}, ${join(folder, 'alpha.svg')}`,
  );
  output.print(`next    onebit train ${join(folder, document.recipeFile)}`);
  return document;
}

/** Builds what the search and the training of its result will build, so that what cannot be is refused before step one. */
function checkNetworks(recipe: ClassificationRecipe, classes: readonly string[], settings: CellsSettings): void {
  const space = wholeSpace(settings.nodes);
  buildSearched(recipe, classes.length, space, settings).model.dispose();
  const flat = space.map((edge) => ({ ...edge, weights: edge.operations.map(() => 1) }));
  buildClassifier(foundRecipe(recipe, settings, deriveGenotype(flat)), classes).dispose();
}

interface Reduced {
  readonly space: readonly EdgeChoice[];
  readonly loops: readonly (readonly CreditedEdge[])[];
  /** Folder of the last loop's run. */
  readonly last?: string;
}

/** Drops operations until as many remain on every edge as the settings say. */
async function reduced(common: Omit<SearchPhase, 'initial'>): Promise<Reduced> {
  const { nodes, keep } = common.settings;
  let space: readonly EdgeChoice[] = wholeSpace(nodes);
  const loops: CreditedEdge[][] = [];
  let initial: string | undefined;
  while (space[0].operations.length > keep) {
    const folder = join(common.folder, `drop-${loops.length + 1}`);
    const credits = await creditOperations({ ...common, folder, initial }, space);
    loops.push(credits);
    space = dropWorst(credits);
    initial = folder;
  }
  return { space, loops, last: initial };
}

/** The recipe with the cells that were found in place of its backbone, from fresh weights. */
function foundRecipe(
  { init: _, ...recipe }: ClassificationRecipe,
  { cells }: CellsSettings,
  genotype: Genotype,
): ClassificationRecipe {
  const { stageWidths: __, ...model } = recipe.model;
  const name = `${recipe.name}-cells`;
  const about = `Cells found by onebit search cells from ${recipe.name}.`;
  const found = { ...recipe, name, about, model: { ...model, backbone: 'cells', cells, genotype } };
  return expectTask(parseRecipe(found, name), 'classification', name);
}
