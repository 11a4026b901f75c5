import type { ImageClassifier } from '@onebit/backbones';
import { type ClassificationBatch, type ClassificationSample, createClassificationLoader } from '@onebit/datasets';
import type { ClassificationRecipe } from '../recipes/classification.js';
import { precisionWords } from '../recipes/precision.js';
import { type RunPlace, trainOptionsOf } from '../trainer/options.js';
import { prepareTraining, type TrainerLimits } from '../trainer/prepare.js';
import { mainMetrics } from '../trainer/progress.js';
import { runTraining, type Trained, type Training } from '../trainer/training.js';
import { buildClassifier } from './build.js';
import { classifyAll } from './classify.js';
import { writeConfusion } from './confusion.js';
import type { ClassifierData } from './data.js';
import { measureClassifier } from './measure.js';
import { classifierLoss } from './task.js';
import { openTeacher } from './teacher.js';

export interface TrainClassifierOptions extends RunPlace, TrainerLimits {
  readonly recipe: ClassificationRecipe;
  readonly data: ClassifierData;
  /** In place of the network that the recipe's teacher names; disposed with the training. */
  readonly teacher?: ImageClassifier;
}

/**
 * Trains the classifier of a recipe into a run folder, with a progress line. Equal options give equal numbers to the bit, also when the run was interrupted (by
 * `signal`, or killed) and resumed. Evaluations hold `top1` and `top5` in [0, 1] and `loss`.
 * @throws OnebitError ERR_INTERRUPTED when the signal was aborted, with a checkpoint in place; and whatever training throws.
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<Trained<ImageClassifier>> {
  return runTraining(options, await classifierTraining(options));
}

/** The training of a recipe's classifier, with its teacher opened. */
export async function classifierTraining(
  options: TrainClassifierOptions,
): Promise<Training<ImageClassifier, ClassificationBatch>> {
  const { recipe, data, folder, output, workers } = options;
  const { classes, samples } = data.train;
  const teacher = options.teacher ?? (await openTeacher(recipe, classes));
  const cacheBytes = await prepareTraining(recipe, classes, options, teacher);
  const model = buildClassifier(recipe, classes);
  output.print(
    `${recipe.name}: ${precisionWords(recipe.model.precision)}, ${samples.length} pictures, ${classes.length} classes`,
  );
  const opened: { close(): Promise<void> }[] = [];
  return {
    model,
    options: {
      ...trainOptionsOf(recipe, classes, options),
      model,
      lossOf: classifierLoss(model, recipe, teacher),
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
      best: { metric: mainMetrics.classification.key, goal: 'max' },
    },
    close: async () => {
      teacher?.dispose();
      await Promise.all(opened.map((loader) => loader.close()));
    },
  };
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
