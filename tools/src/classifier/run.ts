import type { ImageClassifier } from '@onebit/backbones';
import type { Checkpoint } from '@onebit/training';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { expectTask } from '../recipes/schema.js';
import { loadRunWeights, type WhichCheckpoint } from '../trainer/weights.js';
import { buildClassifier } from './build.js';

/** A trained classifier read back from its run folder. */
export interface ClassifierRun {
  readonly folder: string;
  readonly recipe: ClassificationRecipe;
  readonly classes: readonly string[];
  readonly model: ImageClassifier;
  readonly checkpoint: Checkpoint;
}

/**
 * Builds the model of a run and loads its weights: the moving average where the run keeps one, since that is what was evaluated.
 * @throws OnebitError when the folder holds no run of a classifier, the checkpoint is damaged or of another architecture.
 */
export async function openClassifierRun(folder: string, which: WhichCheckpoint = 'best'): Promise<ClassifierRun> {
  const recorded = await readRunRecipe(folder);
  const recipe = expectTask(recorded.recipe, 'classification', folder);
  const model = buildClassifier(recipe, recorded.classes);
  const checkpoint = await loadRunWeights(model, folder, which);
  return { folder, recipe, classes: recorded.classes, model, checkpoint };
}
