import type { ImageClassifier } from '@onebit/backbones';
import { Random } from '@onebit/common';
import { classifierLoss } from '../classifier/task.js';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { noiseImages } from './noise.js';
import type { Workload } from './workload.js';

/** The last step of a recipe on pictures of noise. */
export function classifierWorkload(
  recipe: ClassificationRecipe,
  classes: readonly string[],
  model: ImageClassifier,
  teacher?: ImageClassifier,
): Workload {
  const { batchSize, optimizer, clipNorm, steps, recompute } = recipe.train;
  const { imageSize } = recipe.model;
  const random = new Random(recipe.seed);
  const noise = {
    images: noiseImages(batchSize, imageSize, random),
    shape: [batchSize, imageSize, imageSize, 3] as const,
    labels: Int32Array.from({ length: batchSize }, () => random.int(classes.length)),
  };
  const loss = classifierLoss(model, recipe, teacher);
  return {
    name: recipe.name,
    batch: batchSize,
    imageSize,
    model,
    optimizer,
    gradientClip: clipNorm ?? undefined,
    step: steps,
    lossOf: (context) => loss(noise, { ...context, recompute }),
  };
}
