import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { type Candidate, paretoFront } from '@onebit/training';
import { openClassifierData } from '../../classifier/data.js';
import { applyMatmul } from '../../cli/backend.js';
import type { Output } from '../../cli/output.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { precisionWords } from '../../recipes/precision.js';
import { recordedRecipe } from '../../recipes/recorded.js';
import { expectTask } from '../../recipes/schema.js';
import { claimSearchFolder } from '../folder.js';
import { defineSearch, type SearchInput } from '../kind.js';
import { holdOut, type SearchData } from './data.js';
import { publishWidths, type WidthsDocument } from './document.js';
import { costRange, evolveWidths } from './evolution.js';
import { type WidthsSettings, widthsOptions, widthsSettings } from './options.js';
import { Scorer } from './score.js';
import { WidthSpace } from './space.js';
import { checkSharing, trainSupernet } from './supernet.js';

/** Evolutionary search for the widths of a ResNet's stages (Shen et al. 2019; NAS-BNN, arXiv 2408.15484). */
export const widths = defineSearch({
  options: widthsOptions,
  example: [
    'onebit search widths resnet20-cls -d cifar10:cifar-10-batches-bin --budget 3-10 -o runs/widths',
    'channels of each stage, by evolution on the weights of one supernet',
  ],
  run: searchWidths,
});

/**
 * Everything random comes from the recipe's seed, and what was computed stands in the folder: a search that was stopped or killed goes on with `resume` and ends with the same result.
 */
async function searchWidths(input: SearchInput<typeof widthsOptions>): Promise<WidthsDocument> {
  const { folder, resume, output, signal, environment, workers } = input;
  const settings = widthsSettings(input.options);
  const recipe = expectTask(input.recipe, 'classification', 'onebit search widths');
  checkTraining(recipe);
  const { train: split } = await openClassifierData(recipe); // both splits, so that the recipes found can be trained on them
  const data = holdOut(split, settings.heldOut, recipe);
  const space = new WidthSpace(recipe, split.classes, settings.choices);
  const budget = costRange(space, settings);
  applyMatmul(recipe.train.matmul);
  checkSharing(space, recipe.model.imageSize);
  await claimSearchFolder(folder, configOf(recipe, split.classes, settings), resume);
  describeSpace(output, space, data, budget);
  const run = { folder: join(folder, 'supernet'), resume: true, environment, output, signal };
  const supernet = await trainSupernet({ ...run, space, settings, data: data.train, workers });
  try {
    const { recalibrate } = settings;
    const scorer = new Scorer({ space, supernet, ...data, recalibrate, folder: join(folder, 'scores'), workers });
    const { seed } = recipe;
    const candidates = await evolveWidths({ space, settings, budget, scorer, seed, output, signal });
    const document = await writeResult(input, { recipe, settings, space, data, scorer, candidates });
    printResult(output, document, folder);
    return document;
  } finally {
    supernet.dispose();
  }
}

function checkTraining({ name, train }: ClassificationRecipe): void {
  if (!train.recompute) return;
  throw new OnebitError(
    'ERR_RECIPE',
    `onebit search widths: recipe ${name}: train.recompute must be false, what is computed again would not see shared weights`,
  );
}

/** What decides the result. */
function configOf(recipe: ClassificationRecipe, classes: readonly string[], settings: WidthsSettings) {
  return { search: 'widths', recipe: recordedRecipe(recipe, classes), settings };
}

function describeSpace(
  output: Output,
  space: WidthSpace,
  { train, heldOut }: SearchData,
  budget: readonly [number, number],
): void {
  const stages = space.stages.map((choices) => choices.map(({ channels }) => channels).join('|')).join(' x ');
  const [low, high] = budget.map((value) => (value / 1e6).toFixed(2));
  output.print(`space: channels ${stages}, ${space.size} networks; candidates of ${low} to ${high} M operations`);
  output.print(`${train.samples.length} pictures to train on, ${heldOut.samples.length} to measure candidates`);
}

interface Searched {
  readonly recipe: ClassificationRecipe;
  readonly settings: WidthsSettings;
  readonly space: WidthSpace;
  readonly data: SearchData;
  readonly scorer: Scorer;
  readonly candidates: readonly Candidate[];
}

async function writeResult(
  { folder }: Pick<SearchInput<typeof widthsOptions>, 'folder'>,
  { recipe, settings, space, data, scorer, candidates }: Searched,
): Promise<WidthsDocument> {
  const scored = (list: readonly Candidate[]) => Promise.all(list.map(({ chromosome }) => scorer.score(chromosome))); // all of them are in the folder
  const uniform = new Set(space.uniform.map(String));
  const front = paretoFront(candidates);
  const networks = await scored(front);
  const document = {
    search: 'widths',
    recipe: recipe.name,
    precision: precisionWords(recipe.model.precision),
    dataset: data.train.name,
    seed: recipe.seed,
    settings,
    rules: { operations: 'bireal', memory: 'survey' },
    space: space.size,
    pictures: { train: data.train.samples.length, heldOut: data.heldOut.samples.length },
    candidates: await scored(candidates),
    uniform: await scored(candidates.filter(({ chromosome }) => uniform.has(String(chromosome)))),
  } as const;
  const members = front.map(({ chromosome }, i) => ({ recipe: space.recipeOf(chromosome), network: networks[i] }));
  return publishWidths(folder, document, members);
}

function printResult(output: Output, { front, candidates }: WidthsDocument, folder: string): void {
  output.heading(`front of ${candidates.length} candidates, on the weights of the supernet`);
  output.table(
    ['widths', 'channels', 'M operations', 'Mbit', 'top-1 %', 'recipe'],
    front.map(({ widths: factors, channels, operations, memory, top1, recipe }) => [
      ...[factors.join('-'), channels.join('-'), (operations / 1e6).toFixed(3), (memory / 1e6).toFixed(3)],
      ...[(100 * top1).toFixed(2), recipe],
    ]),
  );
  output.print(`result  ${join(folder, 'widths.json')}\nfigure  ${join(folder, 'widths.svg')}`);
  const best = front[front.length - 1];
  output.print(`next    onebit train ${join(folder, best.recipe)}`);
}
