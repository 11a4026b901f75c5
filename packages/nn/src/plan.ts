import { OnebitError, suggest, unknownName } from '@onebit/common';
import { type MethodName, methods } from './methods/table.js';
import { type Precision, type ResolvedPrecision, resolvePrecision } from './precision.js';

/** One line of a precision plan. */
export interface PlanRule {
  /** Dotted glob over full layer names: `*` stands for any characters within one part, `**` for any number of parts, none included. */
  readonly match: string;
  readonly precision: Precision;
  /** True where the rule may select nothing, as in plans that must fit any model. */
  readonly optional?: boolean;
}

/** Says which layers are binary and how. The last rule that matches a layer decides; a layer no rule matches is float. */
export type PrecisionPlan = readonly PlanRule[];

/** Everything in float. */
export const floatPlan: PrecisionPlan = [{ match: '**', precision: 'fp32', optional: true }];

/**
 * Everything binary except what is customarily left in float: modules named `stem`, `downsample` (the 1x1 convolution of a shortcut) and `head`,
 * wherever they stand (bidet.md section 14, issues #5 and #21: first layer, shortcut 1x1 and outputs are what accuracy depends on), the 1x1
 * layer `fc7` of VGG-16 (bidet.md section 4.1), `transition2` and so on (the 1x1 convolution between the stages of dense nets and QuickNet, binarization-methods.md section 3.6),
 * and `depthwise`, which has no binary form. Methods with binary shortcuts (Group-Net) binarize `downsample`.
 */
export function binaryPlan(precision: Precision): PrecisionPlan {
  const method = resolvePrecision(precision, 'plan rule **');
  const shortcuts = method !== 'fp32' && method.binaryShortcuts === true ? [] : ['**.downsample.**'];
  const spared = ['**.stem.**', ...shortcuts, '**.transition*.**', '**.depthwise.**', '**.fc7.**', '**.head.**'];
  return [
    { match: '**', precision, optional: true },
    ...spared.map((match): PlanRule => ({ match, precision: 'fp32', optional: true })),
  ];
}

/** A plan as users write it: `float`, `binary` (Bi-Real), a method's name (as {@link binaryPlan}), or rules. */
export function planOf(plan: string | PrecisionPlan): PrecisionPlan {
  if (typeof plan !== 'string') return plan;
  if (plan === 'float') return floatPlan;
  if (plan === 'binary') return binaryPlan('bireal');
  if (!Object.hasOwn(methods, plan)) throw unknownName('plan', plan, ['float', 'binary', ...Object.keys(methods)]);
  return binaryPlan(plan as MethodName);
}

/** True where the dotted glob covers the whole dotted name. */
export function matchesName(pattern: string, name: string): boolean {
  return matchesParts(pattern.split('.'), name.split('.'));
}

function matchesParts(pattern: readonly string[], name: readonly string[]): boolean {
  if (pattern.length === 0) return name.length === 0;
  const [first, ...rest] = pattern;
  if (first === '**') return matchesParts(rest, name) || (name.length > 0 && matchesParts(pattern, name.slice(1)));
  if (name.length === 0) return false;
  const glob = new RegExp(`^${first.split('*').map(escapeRegExp).join('.*')}$`);
  return glob.test(name[0]) && matchesParts(rest, name.slice(1));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The precision a plan gives to one layer. */
export function precisionOf(plan: PrecisionPlan, name: string): ResolvedPrecision {
  const rule = plan.findLast(({ match }) => matchesName(match, name));
  return rule === undefined ? 'fp32' : resolvePrecision(rule.precision, `plan rule ${rule.match}`);
}

/**
 * The precision of every layer in `names`.
 * @throws OnebitError ERR_UNKNOWN_NAME for an unknown method, or for a rule that is not optional and matches no layer.
 */
export function resolvePlan(plan: PrecisionPlan, names: readonly string[]): Map<string, ResolvedPrecision> {
  for (const { match, precision, optional } of plan) {
    resolvePrecision(precision, `plan rule ${match}`);
    if (optional !== true && !names.some((name) => matchesName(match, name))) throw unmatched(match, names);
  }
  return new Map(names.map((name) => [name, precisionOf(plan, name)]));
}

function unmatched(match: string, names: readonly string[]): OnebitError {
  const below = names.some((name) => matchesName(`${match}.**`, name)) ? `${match}.**` : undefined;
  const near = below ?? suggest(match, names);
  const hint = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
  const known = names.length === 0 ? 'there are no layers that a plan can select' : `known layers: ${names.join(', ')}`;
  return new OnebitError(
    'ERR_UNKNOWN_NAME',
    `plan: the pattern ${JSON.stringify(match)} matches no layer; ${known}.${hint}`,
  );
}
