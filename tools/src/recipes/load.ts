import { readFile } from 'node:fs/promises';
import { OnebitError, unknownName } from '@onebit/common';
import type { DetectionRecipe } from './detection.js';
import { expectTask, parseRecipe, type Recipe } from './schema.js';
import { setPath } from './set-path.js';
import { recipes } from './table.js';

/** A change of one value from the command line, `train.steps=500`. */
export type Override = readonly [path: string, value: unknown];

/**
 * A recipe by name or from a JSON file, with changes applied and then checked as a whole.
 * @throws OnebitError ERR_UNKNOWN_NAME, ERR_RECIPE, ERR_DATA (file not readable).
 */
export async function loadRecipe(nameOrFile: string, overrides: readonly Override[] = []): Promise<Recipe> {
  const isFile = /\.json$/i.test(nameOrFile) || /[\\/]/.test(nameOrFile);
  if (!isFile && !Object.hasOwn(recipes, nameOrFile)) throw unknownName('recipe', nameOrFile, Object.keys(recipes));
  const base: unknown = isFile ? await readJson(nameOrFile) : structuredClone(recipes[nameOrFile]);
  for (const [path, value] of overrides) setPath(base, path, value, `--set ${path}`);
  return parseRecipe(base, `recipe ${nameOrFile}`);
}

/** The same for callers that know what to do with a detector alone. @throws OnebitError ERR_RECIPE for a recipe of another task, too. */
export async function loadDetectionRecipe(
  nameOrFile: string,
  overrides: readonly Override[] = [],
): Promise<DetectionRecipe> {
  return expectTask(await loadRecipe(nameOrFile, overrides), 'detection', nameOrFile);
}

/** Reads `a.b=value`; the value is JSON where it parses as JSON, else text. @throws OnebitError ERR_USAGE. */
export function parseOverride(assignment: string): Override {
  const at = assignment.indexOf('=');
  if (at < 1) {
    throw new OnebitError('ERR_USAGE', `--set ${assignment}: expected KEY=VALUE, for example --set train.steps=500`);
  }
  const text = assignment.slice(at + 1);
  try {
    return [assignment.slice(0, at), JSON.parse(text)];
  } catch {
    return [assignment.slice(0, at), text];
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new OnebitError(
      'ERR_RECIPE',
      `${path}: the recipe cannot be read (${(error as NodeJS.ErrnoException).code})`,
      {
        cause: error,
      },
    );
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OnebitError('ERR_RECIPE', `${path}: the recipe is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
