import { OnebitError } from '@onebit/common';
import { z } from 'zod';
import { classificationSchema } from './classification.js';
import { detectionSchema } from './detection.js';
import { describe } from './problems.js';

/** A complete training setup as data, of one of the tasks. Nothing in a recipe is code, nothing is looked up by import. */
export const recipeSchema = z.discriminatedUnion('task', [detectionSchema, classificationSchema]);
/** See {@link recipeSchema}. */
export type Recipe = z.output<typeof recipeSchema>;
/** What a person may write: defaults may be left out. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** What a recipe trains. */
export type Task = NonNullable<Recipe['task']>;

/** The recipe of one task. */
export type RecipeOf<T extends Task> = Extract<Recipe, { readonly task?: T }>;

/** The task of a recipe; those that name none are detectors. */
export function taskOf({ task }: Pick<Recipe, 'task'>): Task {
  return task ?? 'detection';
}

/**
 * Checks a whole recipe and fills its defaults.
 * @throws OnebitError ERR_RECIPE with one line for each problem: path, what was expected, what was found; unknown keys name the known ones.
 */
export function parseRecipe(value: unknown, where: string): Recipe {
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => describe(recipeSchema, issue, value));
  throw new OnebitError(
    'ERR_RECIPE',
    `${where}: ${lines.length === 1 ? lines[0] : `${lines.length} problems:\n  ${lines.join('\n  ')}`}`,
  );
}

/** Insists on a task. @throws OnebitError ERR_RECIPE for a recipe of another. */
export function expectTask<T extends Task>(recipe: Recipe, task: T, where: string): RecipeOf<T> {
  if (taskOf(recipe) === task) return recipe as RecipeOf<T>;
  throw new OnebitError(
    'ERR_RECIPE',
    `${where}: must be a recipe for ${task}, ${recipe.name} is one for ${taskOf(recipe)}`,
  );
}
