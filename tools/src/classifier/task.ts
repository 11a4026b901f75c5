import type { ImageClassifier } from '@onebit/backbones';
import type { ClassificationBatch } from '@onebit/datasets';
import { extraLosses } from '@onebit/nn';
import { softmaxCrossEntropy, tf } from '@onebit/ops';
import { type Loss, type LossContext, Supervision } from '@onebit/training';
import type { ClassificationRecipe } from '../recipes/classification.js';

/**
 * Cross entropy of a recipe's classifier, with smoothed targets where the recipe has them, what it learns from a teacher, and what the method of its layers adds.
 * @param teacher the network of the recipe's teacher; it runs in inference and is not changed
 * @throws OnebitError ERR_RECIPE if the recipe has a teacher and there is none
 */
export function classifierLoss(
  model: ImageClassifier,
  { loss, teacher: lessons }: Pick<ClassificationRecipe, 'loss' | 'teacher'>,
  teacher?: ImageClassifier,
) {
  const supervision = new Supervision(model, lessons?.terms ?? [], teacher && { network: teacher });
  const labelWeight = lessons?.labels ?? 1;
  return (batch: Pick<ClassificationBatch, 'images' | 'shape' | 'labels'>, context: LossContext): Loss => {
    const taught = supervision.forward(tf.tensor4d(batch.images, [...batch.shape]), context);
    const ofLabels = labelWeight === 0 ? {} : labelTerms(taught.logits as tf.Tensor2D, batch.labels, loss);
    return sumOf({ ...weighted(ofLabels, labelWeight), ...taught.terms, ...extraLosses(model, context) });
  };
}

function weighted(terms: Record<string, tf.Scalar>, weight: number): Record<string, tf.Scalar> {
  if (weight === 1) return terms;
  return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, tf.mul(term, weight)]));
}

/** What the logits `[N, classes]` of a batch lose against its labels, by name. */
export function labelTerms(
  logits: tf.Tensor2D,
  labels: Int32Array,
  { labelSmoothing }: ClassificationRecipe['loss'],
): Record<string, tf.Scalar> {
  const classes = tf.tensor1d(labels, 'int32');
  return {
    class: tf.mean(softmaxCrossEntropy(logits, classes)) as tf.Scalar,
    ...(labelSmoothing > 0 && { smoothing: smoothingTerm(logits, classes, labelSmoothing) }),
  };
}

/** The loss that is the sum of its terms. */
export function sumOf(terms: Readonly<Record<string, tf.Scalar>>): Loss {
  return { total: Object.values(terms).reduce((sum, term) => tf.add(sum, term)), terms };
}

/**
 * What smoothing adds to the cross entropy. With targets `(1 - s) onehot + s / C` (Szegedy et al. 2016, arXiv 1512.00567, section 7) it becomes
 * `-log p_y + s (z_y - mean z)` for logits z of C classes.
 */
function smoothingTerm(logits: tf.Tensor2D, labels: tf.Tensor1D, amount: number): tf.Scalar {
  const [batch, classes] = logits.shape;
  const share = tf.sub(tf.oneHot(labels, classes), 1 / classes);
  return tf.mul(tf.sum(tf.mul(logits, share)), amount / batch);
}
