import { join } from 'node:path';
import type { Genotype } from '@onebit/backbones';
import { writeFileAtomic } from '@onebit/common';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { drawAlpha } from './draw-alpha.js';
import { drawCells } from './draw-cells.js';
import type { AlphaRecord } from './gradients.js';
import type { CellsSettings } from './options.js';
import type { CreditedEdge } from './reduction.js';

/** What `cells.json` holds. */
export interface CellsDocument {
  readonly search: 'cells';
  readonly recipe: string;
  readonly precision: string;
  readonly dataset: string;
  readonly seed: number;
  readonly settings: CellsSettings;
  readonly pictures: { readonly weights: number; readonly alpha: number };
  /** Credits of the operations in every loop of the reduction of the operation space; empty without one. */
  readonly loops: readonly (readonly CreditedEdge[])[];
  /** Alpha, as parts of the softmax, over the search by gradients. */
  readonly records: readonly AlphaRecord[];
  readonly genotype: Genotype;
  /** File of the recipe that trains the cells. */
  readonly recipeFile: string;
}

/** Writes `recipe.json`, `alpha.svg`, `cells.svg` and, last, `cells.json`, which is also what is returned. */
export async function publishCells(
  folder: string,
  facts: Omit<CellsDocument, 'recipeFile'>,
  found: ClassificationRecipe,
): Promise<CellsDocument> {
  const document = { ...facts, recipeFile: 'recipe.json' };
  const title = `${facts.recipe} (${facts.precision})`;
  const write = (name: string, text: string) => writeFileAtomic(join(folder, name), text);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await write(document.recipeFile, json(found));
  await write('alpha.svg', drawAlpha(`${title}: mean weight of operations`, facts.records));
  await write('cells.svg', drawCells(title, facts.genotype));
  await write('cells.json', json(document));
  return document;
}
