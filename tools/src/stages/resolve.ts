import { OnebitError } from '@onebit/common';
import { type PlannedStage, planStages, type Stage } from '@onebit/training';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { parseRecipe, type Recipe } from '../recipes/schema.js';
import { setAll } from '../recipes/set-path.js';
import type { StageOfRecipe } from '../recipes/stages.js';
import type { RecipeTeacher } from '../recipes/teacher.js';

/** A stage with all that its training needs but for weights and teacher, whose folders are known when it begins. Plain data, kept in `stages.json`. */
export interface RecipeStage extends Stage {
  /** What is learnt from the teacher. */
  readonly lessons?: Omit<RecipeTeacher, 'run'>;
  /** The stage as a recipe of its own. */
  readonly recipe: Recipe;
}

/** Keys of a recipe that no stage can change, and where they are said. */
const fixedKeys: ReadonlyMap<string, string> = new Map([
  ['task', 'all stages have the same'],
  ['name', "the stage's own key name says it"],
  ['init', "the stage's own key from says it"],
  ['stages', 'stages have none'],
]);

/**
 * Makes a recipe of every stage and checks it as recipes are checked.
 * @throws OnebitError ERR_RECIPE, ERR_UNKNOWN_NAME, ERR_USAGE
 */
export function resolveStages({ stages: listed = [], init, ...base }: Recipe): RecipeStage[] {
  const stages: readonly StageOfRecipe[] = listed;
  const resolved = stages.map(({ name, from, teacher: learnt, set }, i): RecipeStage => {
    const where = `recipe ${base.name}: stages.${i}.set`;
    checkKeys(set, where);
    const changed = { ...structuredClone(base), name: `${base.name} ${i + 1}/${stages.length} ${name}` };
    setAll(changed, set, where);
    const recipe = parseRecipe({ ...changed, ...(i === 0 && init && { init }) }, where);
    if (learnt === undefined) return { name, from, recipe };
    const { stage: teacher, ...lessons } = learnt;
    return { name, from, teacher, lessons, recipe };
  });
  planStages(resolved); // checks names
  return resolved;
}

function checkKeys(set: Readonly<Record<string, unknown>>, where: string): void {
  for (const key of Object.keys(set)) {
    const why = fixedKeys.get(key.split('.')[0]);
    if (why !== undefined) throw new OnebitError('ERR_RECIPE', `${where}: a stage cannot change ${key}: ${why}`);
  }
}

/** The recipe of a stage that takes its weights, and learns, from what stands in the folders of others. */
export function recipeAt({ stage: { recipe, lessons }, initial, teacher }: PlannedStage<RecipeStage>): Recipe {
  return {
    ...recipe,
    ...(initial && { init: { from: initial, checkpoint: 'best', match: '**' } }),
    ...(teacher && lessons && { teacher: { run: teacher, ...lessons } }),
  } as Recipe;
}

/** The recipe of an earlier stage's classifier, as the one to learn from. */
export function teacherOf(stages: readonly RecipeStage[], { teacher }: RecipeStage): ClassificationRecipe | undefined {
  const found = stages.find(({ name }) => name === teacher)?.recipe;
  return found?.task === 'classification' ? found : undefined;
}
