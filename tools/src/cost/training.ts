import { OnebitError } from '@onebit/common';
import { loaderDefaults } from '@onebit/datasets';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { bytes, type Output } from '../cli/output.js';
import { precisionName } from '../detector/build.js';
import type { DetectionRecipe } from '../recipes/detection.js';
import { MemoryModel } from '../workloads/memory.js';

/** The table of `onebit cost --train`: what a step of a detector takes, measured on small ones. */
export async function trainingCost(
  recipe: DetectionRecipe,
  classes: readonly string[],
  batch = recipe.train.batchSize,
  output: Output,
) {
  if (!(Number.isInteger(batch) && batch >= 1)) {
    throw new OnebitError('ERR_USAGE', `--batch must be a whole number of at least 1, got ${batch}`);
  }
  await selectBackend('native');
  const model = await MemoryModel.of(recipe, classes, loaderDefaults().workers);
  const estimate = model.at(batch);
  const { weights, optimizer, average, checkpoint, step, holes, loader, process, total } = estimate;
  const { imageSize } = recipe.model;
  output.heading(`training ${recipe.name} (${precisionName(recipe)}), ${imageSize} x ${imageSize}, batch ${batch}`);
  const rows: [string, number][] = [
    ['weights', weights],
    [`optimizer (${recipe.train.optimizer.kind})`, optimizer],
    ['moving average', average],
    ['gradients and what else is fixed, at the fullest moment', step.fixed],
    [`activations, ${batch} x ${bytes(Math.round(step.perPicture))} a picture`, batch * step.perPicture],
    ['between tensors', holes],
    ['copies for a checkpoint', checkpoint],
    ['batches made ahead', loader],
    ['Node.js and the program', process],
    ['total', total],
  ];
  output.table(
    ['part', 'memory'],
    rows.map(([name, size]) => [name, bytes(Math.round(size))]),
  );
  output.print(`beside it, up to ${bytes(loaderDefaults().cacheBytes)} of decoded pictures where there is room`);
  return { recipe: recipe.name, classes: classes.length, memory: estimate };
}
