import { OnebitError, unknownName } from '@onebit/common';
import { matchesName, type Parameter, type ParameterRole } from '@onebit/nn';

/** Parameters of a model by name, as `namedParameters` gives them. */
export type NamedParameters = readonly (readonly [string, Parameter])[];

/** The parameters that match both `match` and `roles`. */
export interface ParameterSelection {
  /** Dotted glob over parameter names, such as `backbone.**`; default: all. */
  readonly match?: string;
  /** Roles it applies to; default: all. */
  readonly roles?: readonly ParameterRole[];
}

/** Settings for selected parameters; what a group leaves out stays as earlier groups or the optimizer set it. */
export interface ParameterGroup extends ParameterSelection {
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
  where: string,
  parameters: NamedParameters,
  weightDecay: number,
  groups: readonly ParameterGroup[] = [],
): Map<string, ParameterSettings> {
  for (const [i, group] of groups.entries()) checkGroup(`${where}.groups[${i}]`, group, parameters);
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

/**
 * The parameters of each selection: the first that covers a parameter has it. Frozen parameters need no one's care.
 * @throws OnebitError ERR_UNKNOWN_NAME for a selection that matches nothing, ERR_RECIPE for one whose parameters all belong to earlier ones and for
 * parameters that nobody selects.
 */
export function partition(
  parameters: NamedParameters,
  parts: readonly { readonly where: string; readonly part: ParameterSelection }[],
): NamedParameters[] {
  for (const { where, part } of parts) checkSelection(where, part, parameters);
  const owner = new Map(
    parameters.map(([name, parameter]) => [name, parts.findIndex(({ part }) => covers(part, name, parameter))]),
  );
  const orphans = parameters.filter(([name, { trainable }]) => trainable && owner.get(name) === -1);
  if (orphans.length > 0) {
    const names = orphans.map(([name, { role }]) => `${name} (${role})`).join(', ');
    throw new OnebitError(
      'ERR_RECIPE',
      `optimizer: no part selects ${names}: add one without match and roles at the end, which takes the rest`,
    );
  }
  return parts.map(({ where }, i) => {
    const own = parameters.filter(([name]) => owner.get(name) === i);
    if (own.length === 0) {
      throw new OnebitError(
        'ERR_RECIPE',
        `${where}: earlier parts take all it selects; put it before them, or remove it`,
      );
    }
    return own;
  });
}

function covers({ match, roles }: ParameterSelection, name: string, { role }: Parameter): boolean {
  return (match === undefined || matchesName(match, name)) && (roles === undefined || roles.includes(role));
}

function checkGroup(where: string, group: ParameterGroup, parameters: NamedParameters): void {
  for (const [key, value] of Object.entries({ rateFactor: group.rateFactor, weightDecay: group.weightDecay })) {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) {
      throw new OnebitError('ERR_RECIPE', `${where}.${key} must be a number of 0 or more, got ${value}`);
    }
  }
  checkSelection(where, group, parameters);
}

function checkSelection(where: string, selection: ParameterSelection, parameters: NamedParameters): void {
  for (const role of selection.roles ?? []) if (!roles.includes(role)) throw unknownName(`${where}.roles`, role, roles);
  if (parameters.some(([name, parameter]) => covers(selection, name, parameter))) return;
  const names = parameters.map(([name, { role }]) => `${name} (${role})`).join(', ');
  throw new OnebitError(
    'ERR_UNKNOWN_NAME',
    `${where}: no parameter matches ${JSON.stringify(selection.match ?? '**')} with roles ${selection.roles?.join(', ') ?? 'of any kind'}; ` +
      `known: ${names}`,
  );
}
