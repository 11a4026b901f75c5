import { addCosts, type Cost, matchesName, modelCost } from '@onebit/nn';
import type { DetectionRecipe } from '../recipes/detection.js';
import { buildDetector } from './build.js';

/** Counts a detector and sums its modules over its named groups; what belongs to no group stands under `other`. */
export function countDetector(recipe: DetectionRecipe, classes: readonly string[]) {
  const model = buildDetector(recipe, classes);
  const { imageSize } = recipe.model;
  const counted = modelCost(model, [1, imageSize, imageSize, 3]);
  const names = model.groups();
  const groups = new Map<string, Cost>();
  for (const module of counted.modules) {
    const group = names.find(({ match }) => matchesName(match, module.name))?.name ?? 'other';
    const before = groups.get(group);
    groups.set(group, addCosts(before === undefined ? [module] : [before, module]));
  }
  model.dispose();
  return { counted, groups: [...groups].map(([name, cost]) => ({ name, cost })) };
}
