import { OnebitError, unknownName } from '@onebit/common';
import { matchesName, type Parameter, type ParameterRole } from '@onebit/nn';

/** Settings for the parameters that match both `match` and `roles`; what a group leaves out stays as earlier groups or the optimizer set it. */
export interface ParameterGroup {
  /** Dotted glob over parameter names, such as `backbone.**`; default: all. */
  readonly match?: string;
  /** Roles it applies to; default: all. */
  readonly roles?: readonly ParameterRole[];
  /** Factor on the learning rate. */
  readonly rateFactor?: number;
  readonly weightDecay?: number;
  /** True: not trained at all. */
  readonly frozen?: boolean;
}

/** What the groups come to for one parameter. */
export interface ParameterSettings {
  readonly rateFactor: number;
  readonly weightDecay: number;
  readonly frozen: boolean;
}

const roles: readonly ParameterRole[] = ['latent', 'weight', 'bias', 'norm', 'scale'];

/**
 * Settings of each parameter. The optimizer's `weightDecay` goes to parameters of role `weight` alone: decay makes latent weights flip more
 * (AdamBNN, arXiv 2106.11309) and has no business with normalisation, biases and scales. Groups then apply in order, later ones win.
 * @throws OnebitError ERR_UNKNOWN_NAME for a pattern that matches nothing.
 */
export function resolveGroups(
  parameters: readonly (readonly [string, Parameter])[],
  weightDecay: number,
  groups: readonly ParameterGroup[] = [],
): Map<string, ParameterSettings> {
  for (const [i, group] of groups.entries()) checkGroup(`optimizer.groups[${i}]`, group, parameters);
  return new Map(
    parameters.map(([name, parameter]) => {
      const settings = {
        rateFactor: 1,
        weightDecay: parameter.role === 'weight' ? weightDecay : 0,
        frozen: !parameter.trainable,
      };
      for (const group of groups) {
        if (!covers(group, name, parameter)) continue;
        settings.rateFactor = group.rateFactor ?? settings.rateFactor;
        settings.weightDecay = group.weightDecay ?? settings.weightDecay;
        settings.frozen = group.frozen ?? settings.frozen;
      }
      return [name, settings];
    }),
  );
}

function covers(group: ParameterGroup, name: string, parameter: Parameter): boolean {
  const byName = group.match === undefined || matchesName(group.match, name);
  return byName && (group.roles === undefined || group.roles.includes(parameter.role));
}

function checkGroup(where: string, group: ParameterGroup, parameters: readonly (readonly [string, Parameter])[]): void {
  for (const role of group.roles ?? []) if (!roles.includes(role)) throw unknownName(`${where}.roles`, role, roles);
  for (const [key, value] of Object.entries({ rateFactor: group.rateFactor, weightDecay: group.weightDecay })) {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) {
      throw new OnebitError('ERR_RECIPE', `${where}.${key} must be a number of 0 or more, got ${value}`);
    }
  }
  if (parameters.some(([name, parameter]) => covers(group, name, parameter))) return;
  const names = parameters.map(([name, { role }]) => `${name} (${role})`).join(', ');
  throw new OnebitError(
    'ERR_UNKNOWN_NAME',
    `${where}: no parameter matches ${JSON.stringify(group.match ?? '**')} with roles ${group.roles?.join(', ') ?? 'of any kind'}; ` +
      `known: ${names}`,
  );
}
