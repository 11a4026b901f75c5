import type { ImageClassifier } from '@onebit/backbones';
import { Random } from '@onebit/common';
import type { ClassificationBatch, ClassificationDataset } from '@onebit/datasets';
import { extraLosses, leadingSlices, withParameters } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { type Chromosome, detached, type Loss, type LossContext, softCrossEntropy, train } from '@onebit/training';
import { labelTerms, sumOf } from '../../classifier/task.js';
import { classifierLoader } from '../../classifier/train.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { type RunPlace, trainOptionsOf } from '../../trainer/options.js';
import { progressLine } from '../../trainer/progress.js';
import { shortenedWarmup } from '../schedule.js';
import type { WidthsSettings } from './options.js';
import type { WidthSpace } from './space.js';

/** What {@link trainSupernet} takes. */
export interface SupernetOptions extends RunPlace {
  readonly space: WidthSpace;
  readonly settings: WidthsSettings;
  /** The pictures to train on. */
  readonly data: ClassificationDataset;
  readonly workers?: number;
}

/**
 * The recipe of a supernet's run: the widest network, measured only as part of the search. A recipe's teacher and stages are for the networks found.
 */
function supernetRecipe({ space, settings }: Pick<SupernetOptions, 'space' | 'settings'>): ClassificationRecipe {
  const widest = space.recipeOf(space.widest);
  const { steps } = settings;
  const schedule = shortenedWarmup(widest.train.schedule, steps);
  const train = { ...widest.train, steps, schedule, evaluateEvery: null, ema: null, recalibrate: null };
  return { ...widest, name: `${widest.name}-supernet`, teacher: undefined, stages: undefined, train };
}

/**
 * Trains the widest network together with the narrower ones that use the leading slices of its weights, as a run of its own that can be stopped and resumed.
 * @returns the widest network with its last weights.
 * @throws OnebitError ERR_INTERRUPTED with a checkpoint in place, and whatever training throws.
 */
export async function trainSupernet(options: SupernetOptions): Promise<ImageClassifier> {
  const { space, data, settings, output, workers } = options;
  const recipe = supernetRecipe(options);
  const { evaluateEvery: _, ...alike } = trainOptionsOf(recipe, data.classes, options);
  const model = space.build(space.widest);
  const progress = progressLine(recipe, output, { key: 'top1', title: 'top-1' });
  const opened: { close(): Promise<void> }[] = [];
  try {
    await train<ClassificationBatch>({
      ...alike,
      model,
      lossOf: sandwichLoss(model, space, settings.random, recipe),
      batches: (start) => {
        const loader = classifierLoader(recipe, data.samples, start, { workers });
        opened.push(loader);
        return loader;
      },
      onProgress: progress.take,
    });
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    progress.finish();
    await Promise.all(opened.map((loader) => loader.close()));
  }
}

/**
 * The sandwich rule (Yu and Huang 2019, arXiv 1903.05134; NAS-BNN, arXiv 2408.15484): the widest network learns from the labels, the narrowest and some random ones from its
 * probabilities. Their losses add up.
 */
export function sandwichLoss(
  wide: ImageClassifier,
  space: WidthSpace,
  random: number,
  { loss }: Pick<ClassificationRecipe, 'loss'>,
) {
  return (batch: Pick<ClassificationBatch, 'images' | 'shape' | 'labels'>, context: LossContext): Loss => {
    const images = tf.tensor4d(batch.images, [...batch.shape]);
    const logits = wide.forward(images, context);
    const teacher = detached(logits);
    const student = (chromosome: Chromosome) =>
      softCrossEntropy(forwardNarrow(wide, space, chromosome, images, context), teacher);
    const drawn = Array.from({ length: random }, () => student(drawChromosome(space, context)));
    return sumOf({
      ...labelTerms(logits, batch.labels, loss),
      ...extraLosses(wide, context),
      narrowest: student(space.narrowest),
      ...(random > 0 && { random: tf.addN(drawn) as tf.Scalar }),
    });
  };
}

/** Logits of a narrower network on the weights of the widest. Its running statistics, of a few steps at most, go with it. */
function forwardNarrow(
  wide: ImageClassifier,
  space: WidthSpace,
  chromosome: Chromosome,
  images: tf.Tensor4D,
  context: LossContext,
): tf.Tensor2D {
  const narrow = space.build(chromosome);
  try {
    return withParameters(narrow, leadingSlices(wide, narrow), () => narrow.forward(images, context));
  } finally {
    narrow.dispose();
  }
}

/**
 * Tries the narrowest network on the weights of the widest, before anything is begun.
 * @throws OnebitError ERR_USAGE for a method whose parameters cannot be shared.
 */
export function checkSharing(space: WidthSpace, imageSize: number): void {
  const wide = space.build(space.widest);
  try {
    tf.tidy(() => {
      const images = tf.zeros<tf.Rank.R4>([2, imageSize, imageSize, 3]);
      forwardNarrow(wide, space, space.narrowest, images, {
        training: true,
        step: 0,
        progress: 0,
        random: new Random(0),
      });
    });
  } finally {
    wide.dispose();
  }
}

/** A random network, from the random numbers of the run so that a resumed one draws the same. */
function drawChromosome({ choices }: WidthSpace, { random }: LossContext): Chromosome {
  return choices.map((count) => random?.int(count) ?? 0);
}
