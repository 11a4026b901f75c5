import type { Ssd } from '@onebit/detection';
import type { Checkpoint } from '@onebit/training';
import type { DetectionRecipe } from '../recipes/detection.js';
import { readRunRecipe } from '../recipes/recorded.js';
import { expectTask } from '../recipes/schema.js';
import { loadRunWeights, type WhichCheckpoint } from '../trainer/weights.js';
import { buildDetector } from './build.js';

/** A trained detector read back from its run folder. */
export interface Run {
  readonly folder: string;
  readonly recipe: DetectionRecipe;
  readonly classes: readonly string[];
  readonly model: Ssd;
  readonly checkpoint: Checkpoint;
}

/**
 * Builds the model of a run and loads its weights: the moving average where the run keeps one, since that is what was evaluated.
 * @throws OnebitError when the folder holds no run of a detector, the checkpoint is damaged or of another architecture.
 */
export async function openRun(folder: string, which: WhichCheckpoint = 'best'): Promise<Run> {
  const recorded = await readRunRecipe(folder);
  const recipe = expectTask(recorded.recipe, 'detection', folder);
  const model = buildDetector(recipe, recorded.classes);
  const checkpoint = await loadRunWeights(model, folder, which);
  return { folder, recipe, classes: recorded.classes, model, checkpoint };
}
