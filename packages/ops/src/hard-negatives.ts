import { OnebitError, shapeError } from '@onebit/common';
import { type Op, runOp } from '@onebit/kernels/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './in-place.js';
import { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './losses.js';
import { rankDescending } from './rank.js';
import { type Reading, read, runReadingSync } from './reading.js';

/** How {@link minedCrossEntropy} chooses. */
export interface MiningAttributes {
  /** The rows are those of this many images, equally many each. */
  readonly images: number;
  /** Background rows for each positive one of an image. */
  readonly ratio: number;
}

/** What {@link minedCrossEntropy} gives. */
interface MinedCrossEntropy {
  readonly sum: tf.Scalar;
  /** Which rows are in the sum, bool `[N]`. */
  readonly chosen: tf.Tensor1D;
}

/**
 * SSD's classification loss (arXiv 1512.02325, section 2.2): softmax cross entropy summed over the positives and, in each image, the background rows the
 * classifier gets most wrong as {@link selectHardNegatives} chooses them. The choice is a constant to the gradient.
 * @param logits `[N, C]` @param labels int32 `[N]`, 0 = background
 */
export function* minedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  attributes: MiningAttributes,
): Reading<MinedCrossEntropy> {
  const { images, ratio } = attributes;
  if (logits.rank !== 2) throw shapeError('minedCrossEntropy', 'logits', '[N, C]', logits.shape);
  const [rows] = logits.shape;
  if (labels.rank !== 1 || labels.size !== rows) {
    throw shapeError('minedCrossEntropy', 'labels', `int32 [${rows}]`, labels.shape);
  }
  if (!(Number.isInteger(images) && images > 0 && rows % images === 0)) {
    throw shapeError('minedCrossEntropy', 'logits', `[N, C] with N a multiple of ${images} images`, logits.shape);
  }
  if (!(ratio >= 0)) throw new OnebitError('ERR_USAGE', `minedCrossEntropy: ratio must be 0 or more, got ${ratio}`);
  const classes = tf.cast(labels, 'int32');
  // A kernel cannot wait for values, so without a fused one the op is taken apart.
  if (!hasFusedKernel(minedCrossEntropyOp.name)) return yield* composed(logits, classes, attributes);
  const [sum, chosen] = runOp(minedCrossEntropyOp, { logits, labels: classes }, attributes);
  return { sum: sum as tf.Scalar, chosen: chosen as tf.Tensor1D };
}

/** {@link minedCrossEntropy} of TensorFlow.js ops. */
function* composed(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { images, ratio }: MiningAttributes,
): Reading<MinedCrossEntropy> {
  const losses = softmaxCrossEntropy(logits, labels);
  const values = yield* read(losses);
  const classes = yield* read<Int32Array>(labels);
  const perImage = classes.length / images;
  const mask = new Uint8Array(classes.length);
  for (let at = 0; at < mask.length; at += perImage) {
    const [image, wanted] = [values.subarray(at, at + perImage), classes.subarray(at, at + perImage)];
    mask.set(selectHardNegatives(image, wanted, ratio), at);
  }
  for (let row = 0; row < mask.length; row++) if (classes[row] > 0) mask[row] = 1;
  const chosen = tf.tensor1d(mask, 'bool');
  return { sum: tf.sum(tf.mul(losses, tf.cast(chosen, 'float32'))), chosen };
}

/** {@link minedCrossEntropy} as an op. */
export const minedCrossEntropyOp: Op<MiningAttributes> = {
  name: 'MinedCrossEntropy',
  portable({ logits, labels }, attributes) {
    const { sum, chosen } = runReadingSync(composed(logits as tf.Tensor2D, labels as tf.Tensor1D, attributes));
    return [sum, chosen];
  },
  gradient: {
    inputs: ['logits', 'labels'],
    outputs: [1],
    backward: (dy, [logits, labels, chosen]) => ({
      logits: () => runOp(minedCrossEntropyGradient, { dy, logits, labels, chosen }, {})[0],
      labels: () => tf.zeros(labels.shape),
    }),
  },
};

/** dy (softmax(logits) - one-hot(label)) in the chosen rows, 0 in the others, `[N, C]`; dy is a scalar. */
export const minedCrossEntropyGradient: Op = {
  name: 'MinedCrossEntropyGradient',
  portable: ({ dy, logits, labels, chosen }) =>
    softmaxCrossEntropyGradient.portable({ dy: tf.mul(dy, tf.cast(chosen, 'float32')), logits, labels }, {}),
};

/**
 * Hard negative mining of one image: the background priors the classifier gets most wrong, `ratio` for each positive but at most P - 1.
 * Priors are ranked by loss with the positives' losses set to 0, ties by index.
 * @param losses cross entropy `[P]` @param classes class of each prior `[P]`, 0 = background
 * @returns mask `[P]`; it may hold positives where negatives run out, which are in the loss anyway
 */
export function selectHardNegatives(losses: Float32Array, classes: Int32Array, ratio: number): Uint8Array {
  const count = losses.length;
  const mask = new Uint8Array(count);
  const ranked = new Float32Array(count);
  let positives = 0;
  for (let p = 0; p < count; p++) {
    if (classes[p] > 0) positives++;
    else ranked[p] = losses[p];
  }
  const negatives = Math.min(ratio * positives, count - 1);
  if (negatives <= 0) return mask;
  for (const p of rankDescending(ranked).subarray(0, negatives)) mask[p] = 1;
  return mask;
}
