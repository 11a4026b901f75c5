import type { ImageClassifier } from '@onebit/backbones';
import { type ClassificationBatch, type ClassificationSample, createClassificationLoader } from '@onebit/datasets';
import { type TrainResult, train } from '@onebit/training';
import { duration } from '../cli/output.js';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { precisionWords } from '../recipes/precision.js';
import { type RunPlace, trainOptionsOf } from '../trainer/options.js';
import { prepareTraining, type TrainerLimits } from '../trainer/prepare.js';
import { mainMetrics, metricText, progressLine } from '../trainer/progress.js';
import { buildClassifier } from './build.js';
import { classifyAll } from './classify.js';
import { writeConfusion } from './confusion.js';
import type { ClassifierData } from './data.js';
import { measureClassifier } from './measure.js';
import { classifierLoss } from './task.js';

export interface TrainClassifierOptions extends RunPlace, TrainerLimits {
  readonly recipe: ClassificationRecipe;
  readonly data: ClassifierData;
}

/** A trained classifier with its last weights in place. */
export interface TrainedClassifier {
  readonly model: ImageClassifier;
  /** Evaluations hold `top1` and `top5` in [0, 1] and `loss`. */
  readonly result: TrainResult;
}

const metric = mainMetrics.classification;

/**
 * Trains the classifier of a recipe into a run folder, with a progress line. Equal options give equal numbers to the bit, also when the run was interrupted (by
 * `signal`, or killed) and resumed.
 * @throws OnebitError ERR_INTERRUPTED when the signal was aborted, with a checkpoint in place; and whatever training throws.
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<TrainedClassifier> {
  const { recipe, data, folder, output, workers } = options;
  const { classes, samples } = data.train;
  const cacheBytes = await prepareTraining(recipe, classes, options);
  const model = buildClassifier(recipe, classes);
  output.print(
    `${recipe.name}: ${precisionWords(recipe.model.precision)}, ${samples.length} pictures, ${classes.length} classes`,
  );
  const progress = progressLine(recipe, output, metric);
  const opened: { close(): Promise<void> }[] = [];
  try {
    const result = await train<ClassificationBatch>({
      ...trainOptionsOf(recipe, classes, options),
      model,
      lossOf: classifierLoss(model, recipe),
      batches: (start) => {
        const loader = classifierLoader(recipe, samples, start, { workers, cacheBytes });
        opened.push(loader);
        return loader;
      },
      evaluate: async (_, { limit }) => {
        const pictures = data.evaluation.samples.slice(0, limit);
        // Not stopped by Ctrl-C half-way: a run is left at the end of a step, with a checkpoint of it.
        const results = await classifyAll(model, recipe, pictures, { workers });
        const { confusion, ...metrics } = measureClassifier(results, classes.length);
        if (limit === undefined) await writeConfusion(folder, classes, confusion); // not for the trial before step one
        return metrics;
      },
      best: { metric: metric.key, goal: 'max' },
      onProgress: progress.take,
    });
    const { batchSize, accumulate } = recipe.train;
    progress.finish(
      `${recipe.name}: ${result.step} steps of ${batchSize * accumulate} in ${duration(result.seconds)}, ${metricText(metric, result.evaluation)}`,
    );
    return { model, result };
  } catch (error) {
    progress.finish();
    model.dispose();
    throw error;
  } finally {
    await Promise.all(opened.map((loader) => loader.close()));
  }
}

/** Augmented batches of a recipe from batch `startStep` on. */
export function classifierLoader(
  recipe: ClassificationRecipe,
  samples: readonly ClassificationSample[],
  startStep: number,
  options: { readonly workers?: number; readonly cacheBytes?: number },
) {
  const { augment, mean, std } = recipe.data;
  const { imageSize } = recipe.model;
  const { batchSize } = recipe.train;
  return createClassificationLoader(samples, {
    batchSize,
    imageSize: [imageSize, imageSize],
    augment,
    mean,
    std,
    seed: recipe.seed,
    startStep,
    ...options,
  });
}
