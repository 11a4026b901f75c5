import { classifiers } from './classifiers.js';
import { detectors } from './detectors.js';
import type { RecipeInput } from './schema.js';

/** Every recipe that `onebit train NAME` knows. */
export const recipes: Readonly<Record<string, RecipeInput>> = Object.fromEntries(
  [...detectors, ...classifiers].map((recipe) => [recipe.name, recipe]),
);
