import { type AnyModule, addCosts, type Cost, type ModelCost, matchesName, modelCost } from '@onebit/nn';

/** Counts of a model, and the same by its named groups; what belongs to no group stands under `other`. */
export interface GroupedCost {
  readonly counted: ModelCost;
  readonly groups: readonly { readonly name: string; readonly cost: Cost }[];
}

/** Counts a model for one picture of a size, in pixels of three channels. */
export function countGroups(model: AnyModule, [height, width]: readonly [number, number]): GroupedCost {
  const counted = modelCost(model, [1, height, width, 3]);
  const names = model.groups();
  const groups = new Map<string, Cost[]>();
  for (const module of counted.modules) {
    const group = names.find(({ match }) => matchesName(match, module.name))?.name ?? 'other';
    groups.set(group, [...(groups.get(group) ?? []), module]);
  }
  return { counted, groups: [...groups].map(([name, costs]) => ({ name, cost: addCosts(costs) })) };
}
