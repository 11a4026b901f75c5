import type { ImageClassifier } from '@onebit/backbones';
import { OnebitError } from '@onebit/common';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { runFolderOf } from '../trainer/run-folder.js';
import { openClassifierRun } from './run.js';

/** What a teacher has been trained for. */
interface Taught {
  readonly recipe: ClassificationRecipe;
  readonly classes: readonly string[];
}

/**
 * Opens the network that a recipe learns from; it is the caller's to dispose.
 * @param classes those of the student
 * @returns nothing for a recipe without a teacher
 * @throws OnebitError ERR_RECIPE for a teacher of other classes or pictures, and whatever opening its run throws.
 */
export async function openTeacher(
  recipe: ClassificationRecipe,
  classes: readonly string[],
): Promise<ImageClassifier | undefined> {
  const { teacher } = recipe;
  if (teacher === undefined) return undefined;
  const run = await openClassifierRun(await runFolderOf(teacher.run), teacher.checkpoint);
  try {
    checkTeacher(`recipe ${recipe.name}: teacher.run: ${teacher.run}`, { recipe, classes }, run);
  } catch (error) {
    run.model.dispose();
    throw error;
  }
  return run.model;
}

/** Both networks see the same batch and answer in the same classes. @throws OnebitError ERR_RECIPE naming the first thing that differs. */
export function checkTeacher(where: string, student: Taught, teacher: Taught): void {
  const facts = ({ recipe: { model, data }, classes }: Taught) => [
    ['classes', classes.join(', ')],
    ['picture size (model.imageSize)', `${model.imageSize}`],
    ['normalisation of pixels (data.mean, data.std)', `${data.mean.join(', ')}; ${data.std.join(', ')}`],
  ];
  const others = facts(teacher);
  for (const [i, [what, expected]] of facts(student).entries()) {
    const found = others[i][1];
    if (found === expected) continue;
    throw new OnebitError(
      'ERR_RECIPE',
      `${where}: must have the student's ${what}, ${expected}; it has ${found}. Train a teacher on the same pictures`,
    );
  }
}
