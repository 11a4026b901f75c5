import { join } from 'node:path';
import { writeFileAtomic } from '@onebit/common';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { drawWidths } from './draw.js';
import type { WidthsSettings } from './options.js';
import type { ScoredNetwork } from './score.js';

/** A network of the front with the file of the recipe that trains it. */
interface FoundNetwork extends ScoredNetwork {
  readonly recipe: string;
}

/** What `widths.json` holds. */
export interface WidthsDocument {
  readonly search: 'widths';
  readonly recipe: string;
  readonly precision: string;
  readonly dataset: string;
  readonly seed: number;
  readonly settings: WidthsSettings;
  /** The rules that `operations` and `memory` (bits) are counted by. */
  readonly rules: { readonly operations: 'bireal'; readonly memory: 'survey' };
  /** Networks of the whole space, of any cost. */
  readonly space: number;
  readonly pictures: { readonly train: number; readonly heldOut: number };
  /** Every network that was measured, in the order of the search. */
  readonly candidates: readonly ScoredNetwork[];
  /** Those of one multiplier in all stages. */
  readonly uniform: readonly ScoredNetwork[];
  /** Those than which none is cheaper and better, the cheapest first: the last one has the highest accuracy. */
  readonly front: readonly FoundNetwork[];
}

/** A chromosome of the front and how it scored. */
export interface FrontMember {
  readonly recipe: ClassificationRecipe;
  readonly network: ScoredNetwork;
}

/** Writes a recipe for each network of the front, `widths.svg` and, last, `widths.json`, which is also what is returned. */
export async function publishWidths(
  folder: string,
  document: Omit<WidthsDocument, 'front'>,
  members: readonly FrontMember[],
): Promise<WidthsDocument> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const front: FoundNetwork[] = [];
  for (const { recipe, network } of members) {
    const file = join('recipes', `${recipe.name}.json`);
    await writeFileAtomic(join(folder, file), json(recipe));
    front.push({ ...network, recipe: file });
  }
  const whole = { ...document, front };
  const title = `${document.recipe} (${document.precision}): widths of stages`;
  await writeFileAtomic(join(folder, 'widths.svg'), drawWidths(title, whole));
  await writeFileAtomic(join(folder, 'widths.json'), json(whole));
  return whole;
}
