import { join } from 'node:path';
import { OnebitError, unknownName } from '@onebit/common';
import { describeBackend, prepareBackend } from '../cli/backend.js';
import { backendOptions, defineCommand } from '../cli/command.js';
import { overridesOf, recipeOptions } from '../cli/recipe-options.js';
import { loadRecipe } from '../recipes/load.js';
import type { Recipe } from '../recipes/schema.js';
import { kindOptions, searchKinds } from '../search/kinds.js';

const names = Object.keys(searchKinds) as (keyof typeof searchKinds)[];

export const search = defineCommand({
  name: 'search',
  summary: 'search for a network: binary cells by gradients, or widths of stages under a budget',
  positionals: `${names.join('|')} RECIPE`,
  arity: [2, 2],
  options: {
    ...recipeOptions,
    out: {
      type: 'string',
      short: 'o',
      placeholder: 'DIR',
      description: 'folder of the search (default runs/RECIPE-KIND)',
    },
    resume: { type: 'boolean', description: 'continue the search that stands in the folder' },
    workers: { type: 'number', placeholder: 'N', description: 'threads that decode and augment pictures' },
    ...backendOptions,
    ...kindOptions,
  },
  examples: names.map((name) => searchKinds[name].example),
  async run({ positionals: [name, recipeName], options, output, signal }) {
    const kind = names.find((known) => known === name);
    if (kind === undefined) throw unknownName('onebit search', name, names);
    refuseForeign(kind, options);
    const recipe = await loadRecipe(recipeName, overridesOf(options));
    refuseStrategies(recipe);
    const folder = options.out ?? join('runs', `${recipe.name}-${kind}`);
    const backend = await prepareBackend(options, output);
    const { resume = false, workers } = options;
    const environment = { backend: describeBackend(backend) };
    return searchKinds[kind].run({ recipe, folder, resume, workers, environment, options, output, signal });
  },
});

/** An option that another search has and this one has not would be passed over in silence. */
function refuseForeign(kind: keyof typeof searchKinds, options: Readonly<Record<string, unknown>>): void {
  const own = Object.keys(searchKinds[kind].options);
  const foreign = Object.keys(kindOptions).find((option) => options[option] !== undefined && !own.includes(option));
  if (foreign === undefined) return;
  const known = own.map((option) => `--${option}`).join(', ');
  throw new OnebitError('ERR_USAGE', `onebit search ${kind}: --${foreign} goes with another search; it takes ${known}`);
}

/** A search trains many networks by rules of its own; what else a recipe wants of a training would be passed over in silence, too. */
function refuseStrategies(recipe: Recipe): void {
  const found = (['stages', 'teacher'] as const).find((key) => key in recipe);
  if (found === undefined) return;
  throw new OnebitError(
    'ERR_RECIPE',
    `onebit search: ${recipe.name} has the key ${found}, which is for onebit train; remove it, and train what is found by it`,
  );
}
