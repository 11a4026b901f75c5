import type { ImageClassifier } from '@onebit/backbones';
import { loaderDefaults } from '@onebit/datasets';
import { applyMatmul } from '../cli/backend.js';
import { bytes, type Output } from '../cli/output.js';
import type { Recipe } from '../recipes/schema.js';
import { checkMemory } from './memory-check.js';

/** What trainers of all tasks may be told about the machine. */
export interface TrainerLimits {
  /** Threads that decode and augment pictures; by default as many as the loader finds right. */
  readonly workers?: number;
  /** What the process may take; by default what is free. */
  readonly memoryLimitGiB?: number;
}

/**
 * Before anything is begun: gradients in the recipe's precision, and enough memory for a step.
 * @param teacher the network that the recipe's model learns from, where it has one.
 * @returns bytes of decoded pictures that may be kept beside the step.
 * @throws OnebitError ERR_MEMORY, ERR_BACKEND
 */
export async function prepareTraining(
  recipe: Recipe,
  classes: readonly string[],
  { workers, memoryLimitGiB, output }: TrainerLimits & { readonly output: Output },
  teacher?: ImageClassifier,
): Promise<number> {
  applyMatmul(recipe.train.matmul);
  const memory = await checkMemory(recipe, classes, { workers, limitGiB: memoryLimitGiB, teacher });
  if (memory) output.print(`memory: about ${bytes(memory.estimate.total)}, ${bytes(memory.spare)} more are free`);
  return Math.min(loaderDefaults().cacheBytes, memory?.spare ?? Number.POSITIVE_INFINITY);
}
