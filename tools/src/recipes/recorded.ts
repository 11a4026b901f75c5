import { OnebitError } from '@onebit/common';
import { readConfig } from '@onebit/training';
import { parseRecipe, type Recipe } from './schema.js';

/** The recipe of a run as `config.json` keeps it: the resolved recipe with the class names, which a recipe itself leaves to the data. */
export function recordedRecipe<R extends Recipe>(recipe: R, classes: readonly string[]) {
  return { ...recipe, classes: [...classes] };
}

/** Recipe and classes of a run folder, without its weights. @throws OnebitError when the folder holds no run that a recipe made. */
export async function readRunRecipe(folder: string): Promise<{ recipe: Recipe; classes: readonly string[] }> {
  const config = await readConfig(folder);
  const { classes, ...recipe } = (config.recipe ?? {}) as Record<string, unknown>;
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === 'string')) {
    throw new OnebitError(
      'ERR_CHECKPOINT',
      `${folder}/config.json: recipe.classes must be the class names, got ${JSON.stringify(classes)}`,
    );
  }
  return { recipe: parseRecipe(recipe, `${folder}/config.json: recipe`), classes };
}
