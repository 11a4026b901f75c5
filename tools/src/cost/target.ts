import { stat } from 'node:fs/promises';
import { type BackboneName, backbones, imageClassifier } from '@onebit/backbones';
import { OnebitError, unknownName } from '@onebit/common';
import { type AnyModule, constant } from '@onebit/nn';
import { buildClassifier } from '../classifier/build.js';
import { buildDetector } from '../detector/build.js';
import { loadRecipe, type Override } from '../recipes/load.js';
import { planOf, precisionWords } from '../recipes/precision.js';
import { readRunRecipe } from '../recipes/recorded.js';
import type { Recipe } from '../recipes/schema.js';
import { recipes } from '../recipes/table.js';
import { runFolderOf } from '../trainer/run-folder.js';
import { parseInput, parsePlan } from './options.js';

/** A model to be counted, and how it is called. */
export interface CostTarget {
  readonly name: string;
  /** The plan in words. */
  readonly plan: string;
  readonly input: readonly [height: number, width: number];
  readonly classes: number;
  readonly model: AnyModule;
  /** The recipe, where there is one. */
  readonly recipe?: { readonly recipe: Recipe; readonly classes: readonly string[] };
}

/** What the command line says about the target. */
export interface TargetOptions {
  readonly plan?: string;
  readonly input?: string;
  readonly classes?: number;
  readonly set: readonly Override[];
}

/**
 * The model behind the first argument of `onebit cost`.
 * @throws OnebitError ERR_UNKNOWN_NAME where it is neither a backbone nor a recipe nor the folder of a run, ERR_USAGE for options that do not go with it.
 */
export async function targetOf(name: string, options: TargetOptions): Promise<CostTarget> {
  const { classes = 1 } = options;
  if (!(Number.isInteger(classes) && classes >= 1)) {
    throw wrongOption('--classes', `must be a whole number of at least 1, got ${classes}`);
  }
  if (Object.hasOwn(backbones, name)) return backboneTarget(name as BackboneName, options);
  if (options.input !== undefined) {
    throw wrongOption('--input', 'goes with a backbone; the pictures of a recipe have its model.imageSize');
  }
  const isRecipe = Object.hasOwn(recipes, name) || name.endsWith('.json');
  return recipeTarget(isRecipe ? await readRecipe(name, options) : await readRun(name, options));
}

/** The classifier that papers count: the backbone, a mean over its last map, a linear layer. */
function backboneTarget(name: BackboneName, options: TargetOptions): CostTarget {
  if (options.set.length > 0) throw wrongOption('--set', `changes a recipe; ${name} is a backbone`);
  const { plan = 'float', input = '224x224', classes = 1000 } = options;
  const model = imageClassifier({
    plan: planOf(parsePlan(plan)),
    classes,
    initializer: constant(0), // counting needs no values, and random ones take seconds
    backbone: (builder) => backbones[name]({ builder }),
  });
  return { name, plan: precisionWords(parsePlan(plan)), input: parseInput(input), classes, model };
}

type Found = NonNullable<CostTarget['recipe']>;

function recipeTarget({ recipe, classes }: Found): CostTarget {
  const { imageSize, precision } = recipe.model;
  const model = recipe.task === 'detection' ? buildDetector(recipe, classes) : buildClassifier(recipe, classes);
  return {
    name: recipe.name,
    plan: precisionWords(precision),
    input: [imageSize, imageSize],
    classes: classes.length,
    model,
    recipe: { recipe, classes },
  };
}

async function readRecipe(name: string, { plan, classes = 20, set }: TargetOptions): Promise<Found> {
  const changes: Override[] = plan === undefined ? [...set] : [...set, ['model.precision', parsePlan(plan)]];
  const names = Array.from({ length: classes }, (_, i) => `class ${i + 1}`);
  return { recipe: await loadRecipe(name, changes), classes: names };
}

async function readRun(folder: string, { set, plan }: TargetOptions): Promise<Found> {
  await stat(folder).catch(() => {
    const known = [...Object.keys(recipes), ...Object.keys(backbones)];
    throw unknownName('onebit cost: neither the folder of a run nor a recipe nor a backbone', folder, known);
  });
  if (set.length > 0 || plan !== undefined) {
    throw wrongOption(
      set.length > 0 ? '--set' : '--plan',
      `changes a recipe; ${folder} is a run, whose recipe is fixed`,
    );
  }
  return readRunRecipe(await runFolderOf(folder));
}

function wrongOption(option: string, what: string): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit cost: ${option} ${what}`);
}
