import { OnebitError } from '@onebit/common';
import type { Ssd } from '@onebit/detection';
import { loadState } from '@onebit/nn';
import { type Checkpoint, checkFingerprint, readCheckpoint, readConfig } from '@onebit/training';
import { parseRecipe, type Recipe } from '../recipes/schema.js';
import { buildDetector } from './build.js';

/** A trained detector read back from its run folder. */
export interface Run {
  readonly folder: string;
  readonly recipe: Recipe;
  readonly classes: readonly string[];
  readonly model: Ssd;
  readonly checkpoint: Checkpoint;
}

/** The recipe of a run as `config.json` keeps it: the resolved recipe with the class names, which a recipe itself leaves to the data. */
export function recordedRecipe(recipe: Recipe, classes: readonly string[]) {
  return { ...recipe, classes: [...classes] };
}

/** Recipe and classes of a run folder, without its weights. @throws OnebitError when the folder holds no run of a detector. */
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

/**
 * Builds the model of a run and loads its weights: the moving average where the run keeps one, since that is what was evaluated.
 * @throws OnebitError when the folder holds no run, the checkpoint is damaged or of another architecture.
 */
export async function openRun(folder: string, which: 'latest' | 'best' = 'best'): Promise<Run> {
  const { recipe, classes } = await readRunRecipe(folder);
  const checkpoint = await readCheckpoint(folder, which).catch((error: unknown) => {
    if (which === 'best') return readCheckpoint(folder, 'latest');
    throw error;
  });
  const model = buildDetector(recipe, classes);
  checkFingerprint(folder, checkpoint, model);
  loadState(model, checkpoint.ema ?? checkpoint.model);
  return { folder, recipe, classes, model, checkpoint };
}
