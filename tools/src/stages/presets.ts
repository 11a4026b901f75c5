import { OnebitError } from '@onebit/common';
import type { RecipePrecision } from '../recipes/common.js';
import { parseRecipe, type Recipe, taskOf } from '../recipes/schema.js';

type StageInputs = readonly Readonly<Record<string, unknown>>[];

interface StagePreset {
  /** False: it learns from earlier stages, which detectors cannot. */
  readonly forDetectors: boolean;
  /** The stages for a recipe, which says what the last of them has. */
  stages(recipe: Recipe): StageInputs;
}

/** Names of {@link withStages}. */
export const stageNames = ['two-stage', 'weights-first', 'progressive', 'real2binary'] as const;
/** See {@link stageNames}. */
export type StagesName = (typeof stageNames)[number];

const presets: Readonly<Record<StagesName, StagePreset>> = {
  'two-stage': { forDetectors: true, stages: activationsFirst },
  'weights-first': { forDetectors: true, stages: weightsFirst },
  progressive: { forDetectors: true, stages: fewerBits },
  real2binary: { forDetectors: false, stages: realToBinary },
};

/**
 * The recipe, trained in stages of the literature.
 * @throws OnebitError ERR_RECIPE for a recipe that binarizes nothing, and for a detector's where an earlier stage is the teacher.
 */
export function withStages(recipe: Recipe, name: StagesName): Recipe {
  const preset = presets[name];
  if (taskOf(recipe) === 'detection' && !preset.forDetectors) {
    const others = stageNames.filter((other) => presets[other].forDetectors);
    throw new OnebitError(
      'ERR_RECIPE',
      `--stages ${name}: must be a recipe for classification, ${recipe.name} is one for detection; detectors have ${others.join(', ')}`,
    );
  }
  return parseRecipe({ ...recipe, stages: preset.stages(recipe) }, `recipe ${recipe.name}`);
}

/** Binary activations with real weights, then all binary: the order of ReActNet, AdamBNN and Real-to-Binary. */
function activationsFirst(recipe: Recipe): StageInputs {
  const set = { 'model.precision': withSides(recipe, { weights: 'real' }), ...decayOfRealWeights(recipe) };
  return [{ name: 'activations', set }, { name: 'binary' }];
}

/** Binary weights with real activations, then all binary (Zhuang et al. 2018, arXiv 1711.00205). */
function weightsFirst(recipe: Recipe): StageInputs {
  return [
    { name: 'weights', set: { 'model.precision': withSides(recipe, { activations: 'real' }) } },
    { name: 'binary' },
  ];
}

/** 8, 4, 2 bits of weights and activations, then the recipe's own (Zhuang et al. 2018, arXiv 1711.00205). */
function fewerBits(recipe: Recipe): StageInputs {
  const stages = [8, 4, 2].map((bits) => ({
    name: `${bits}-bit`,
    set: { 'model.precision': changed(recipe, () => `dorefa-${bits}bit`) },
  }));
  return [...stages, { name: 'binary' }];
}

/**
 * A real network, then one in the recipe's blocks that learns from it, then one with binary activations that learns from that, then all binary (Martinez et al. 2020,
 * arXiv 2003.11535). Weights of terms, and what each stage begins with, are those of larq zoo, and so is the form of attention that they belong to.
 */
function realToBinary(recipe: Recipe): StageInputs {
  const learn = (stage: string) => ({
    stage,
    terms: [
      { kind: 'attention', form: 'max', weight: 30, match: 'backbone.stage*.*' },
      { kind: 'logits', weight: 3 },
    ],
  });
  const precision = (value: RecipePrecision) => ({ 'model.precision': value });
  return [
    { name: 'real', set: precision('float') },
    {
      name: 'real-blocks',
      from: 'scratch',
      teacher: learn('real'),
      set: precision(withSides(recipe, { weights: 'real', activations: 'real' })),
    },
    {
      name: 'activations',
      from: 'scratch',
      teacher: learn('real-blocks'),
      set: { ...precision(withSides(recipe, { weights: 'real' })), ...decayOfRealWeights(recipe) },
    },
    {
      name: 'binary',
      teacher: { stage: 'activations', terms: [{ kind: 'logits', weight: 0.8 }] },
      set: { 'train.schedule.rate': lastRateShare * recipe.train.schedule.rate },
    },
  ];
}

/** Larq zoo's last stage of Real-to-Binary has 2e-4 where the others have 1e-3. */
const lastRateShare = 0.2;

/**
 * AdamBNN (Liu et al. 2021, arXiv 2106.11309): a little decay while weights are real keeps them near 0, where the next stage can still change their signs. A recipe with
 * decay of its own keeps that.
 */
function decayOfRealWeights({ train: { optimizer } }: Recipe): Record<string, number> {
  if (!('weightDecay' in optimizer) || optimizer.weightDecay > 0) return {};
  return { 'train.optimizer.weightDecay': 5e-6 };
}

/** The recipe's precision with some sides of its binary layers real. */
function withSides(recipe: Recipe, sides: Readonly<Record<string, 'real'>>): RecipePrecision {
  return changed(recipe, (method) => ({ ...(typeof method === 'string' ? { method } : method), ...sides }));
}

type Method = Exclude<RecipePrecision, readonly unknown[]>;

/** The recipe's precision with another one wherever it is binary. @throws OnebitError ERR_RECIPE where it nowhere is */
function changed({ name, model: { precision } }: Recipe, change: (method: Method) => Method): RecipePrecision {
  const rules = Array.isArray(precision) ? precision : [{ match: '**', precision }];
  if (rules.every((rule) => rule.precision === 'float')) {
    throw new OnebitError(
      'ERR_RECIPE',
      `recipe ${name}: model.precision: stages end with a binary network, got float; choose a method, such as --method reactnet`,
    );
  }
  if (!Array.isArray(precision)) return change(precision);
  return precision.map(({ match, precision: method }) => ({
    match,
    precision: method === 'float' ? method : change(method),
  }));
}
