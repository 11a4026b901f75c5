import { type ModelCost, matchesName, modelCost } from '@onebit/nn';
import type { Recipe } from '../recipes/schema.js';
import { buildDetector } from './build.js';

/** Counts of a group of modules. */
export type Cost = ModelCost['total'];

/** Counts a detector and sums its modules over its named groups; what belongs to no group stands under `other`. */
export function countDetector(recipe: Recipe, classes: readonly string[]) {
  const model = buildDetector(recipe, classes);
  const { imageSize } = recipe.model;
  const counted = modelCost(model, [1, imageSize, imageSize, 3]);
  const names = model.groups();
  const groups = new Map<string, Cost>();
  for (const module of counted.modules) {
    const group = names.find(({ match }) => matchesName(match, module.name))?.name ?? 'other';
    groups.set(group, sum(groups.get(group), module));
  }
  model.dispose();
  return { counted, groups: [...groups].map(([name, cost]) => ({ name, cost })) };
}

function sum(a: Cost | undefined, b: Cost): Cost {
  if (a === undefined) return { parameters: b.parameters, macs: b.macs, bytes: b.bytes };
  return {
    parameters: {
      oneBit: a.parameters.oneBit + b.parameters.oneBit,
      float32: a.parameters.float32 + b.parameters.float32,
    },
    macs: { binary: a.macs.binary + b.macs.binary, float: a.macs.float + b.macs.float },
    bytes: { packed: a.bytes.packed + b.bytes.packed, float32: a.bytes.float32 + b.bytes.float32 },
  };
}
