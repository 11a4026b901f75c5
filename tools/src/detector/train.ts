import { createLoader, type DetectionSample } from '@onebit/datasets';
import type { Ssd } from '@onebit/detection';
import type { DetectionRecipe } from '../recipes/detection.js';
import { type RunPlace, trainOptionsOf } from '../trainer/options.js';
import { prepareTraining, type TrainerLimits } from '../trainer/prepare.js';
import { mainMetrics } from '../trainer/progress.js';
import { runTraining, type Trained, type Training } from '../trainer/training.js';
import { buildDetector, precisionName } from './build.js';
import type { RecipeData } from './data.js';
import { detectAll, measure } from './evaluate.js';
import { type DetectorBatch, detectorLoss, lossWeights } from './task.js';
import { bestThreshold } from './threshold.js';

export interface TrainDetectorOptions extends RunPlace, TrainerLimits {
  readonly recipe: DetectionRecipe;
  readonly data: RecipeData;
}

/**
 * Trains the detector of a recipe into a run folder, with a progress line; pictures without objects are left out.
 * @throws OnebitError ERR_MEMORY before anything is begun if the step does not fit, and whatever training throws.
 */
export async function trainDetector(options: TrainDetectorOptions): Promise<Trained<Ssd>> {
  return runTraining(options, await detectorTraining(options));
}

/** The training of a recipe's detector. */
export async function detectorTraining(options: TrainDetectorOptions): Promise<Training<Ssd, DetectorBatch>> {
  const { recipe, data, output, signal, workers } = options;
  const { classes } = data.train;
  const cacheBytes = await prepareTraining(recipe, classes, options);
  const model = buildDetector(recipe, classes);
  const samples = data.train.samples.filter(({ objects }) => objects.some(({ difficult }) => !difficult));
  output.print(
    `${recipe.name}: ${precisionName(recipe)}, ${samples.length} pictures, ${classes.length} classes; loss weights: ${lossWeights(recipe)}`,
  );
  const opened: { close(): Promise<void> }[] = [];
  return {
    model,
    options: {
      ...trainOptionsOf(recipe, classes, options),
      model,
      lossOf: detectorLoss(model, recipe),
      batches: (start) => {
        const loader = trainingLoader(recipe, samples, start, { workers, cacheBytes });
        opened.push(loader);
        return loader;
      },
      evaluate: async (_, { limit }) => {
        const pictures = data.evaluation.samples.slice(0, limit);
        // Not stopped by Ctrl-C half-way: a run is left at the end of a step with all that belongs to it, the evaluation too.
        const measured = measure(await detectAll(model, recipe, pictures, { workers, signal }), classes, recipe);
        // A trial on a few pictures may hold no object at all; the metric is then not a number, which is no fault.
        return { mAP: Number.isNaN(measured.mAP) ? 0 : measured.mAP, threshold: bestThreshold(measured) };
      },
      best: { metric: mainMetrics.detection.key, goal: 'max' },
    },
    close: async () => {
      await Promise.all(opened.map((loader) => loader.close()));
    },
  };
}

/** Augmented batches of a recipe from batch `start` on. */
export function trainingLoader(
  recipe: DetectionRecipe,
  samples: readonly DetectionSample[],
  start: number,
  options: { workers?: number; cacheBytes?: number } = {},
) {
  const { mean, std, channelOrder, augment, maxExpand, minCrop } = recipe.data;
  const { imageSize } = recipe.model;
  return createLoader(samples, {
    batchSize: recipe.train.batchSize,
    imageSize: [imageSize, imageSize],
    augment,
    maxExpand,
    minCrop,
    mean,
    std,
    channelOrder,
    seed: recipe.seed,
    shuffle: true,
    dropLast: true,
    startStep: start,
    ...options,
  });
}
