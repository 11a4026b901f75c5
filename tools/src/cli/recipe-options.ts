import { type Override, parseOverride } from '../recipes/load.js';
import type { Options } from './command.js';

/** Options of the commands that take a recipe to train by: what they change in it. */
export const recipeOptions = {
  dataset: {
    type: 'string',
    short: 'd',
    placeholder: 'KIND:DIR',
    description: 'voc:, coco: or generated: for detectors, cifar10:, tiny-imagenet: or images: for classifiers',
  },
  method: { type: 'string', placeholder: 'NAME', description: 'binarization method, or float for the twin' },
  set: { type: 'string', multiple: true, placeholder: 'KEY=VALUE', description: 'change one value of the recipe' },
  seed: { type: 'number', placeholder: 'N', description: 'seed of everything random' },
} as const satisfies Options;

/** What {@link recipeOptions} change; options of their own come after `--set`. @throws OnebitError ERR_USAGE */
export function overridesOf(options: {
  readonly dataset?: string;
  readonly method?: string;
  readonly set: readonly string[];
  readonly seed?: number;
}): Override[] {
  const { dataset, method, seed } = options;
  const overrides = options.set.map(parseOverride);
  if (dataset !== undefined) overrides.push(['data.dataset', dataset]);
  if (method !== undefined) overrides.push(['model.precision', method]);
  if (seed !== undefined) overrides.push(['seed', seed]);
  return overrides;
}
