import { Random } from '@onebit/common';
import { buildDetector } from '../detector/build.js';
import { detectorLoss } from '../detector/task.js';
import type { DetectionRecipe } from '../recipes/detection.js';
import { noiseDetectionBatch } from './noise.js';
import type { Workload } from './workload.js';

/** As many as VOC has: the classes of a workload that has no data. */
export const vocClasses = Array.from({ length: 20 }, (_, i) => `class ${i + 1}`);

/** The last step of a recipe, so that its delayed terms are in it, on pictures of noise. */
export function detectorWorkload(
  recipe: DetectionRecipe,
  classes: readonly string[] = vocClasses,
  model = buildDetector(recipe, classes),
): Workload {
  const { batchSize, optimizer, clipNorm, steps, recompute } = recipe.train;
  const { imageSize } = recipe.model;
  const noise = noiseDetectionBatch({ batch: batchSize, imageSize, classes: classes.length }, new Random(recipe.seed));
  const loss = detectorLoss(model, recipe);
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
