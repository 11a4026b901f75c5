import { shapeError } from '@onebit/common';
import { softmaxCrossEntropy, tf } from '@onebit/ops';
import { checkAlike, detached, rowsOf } from './rows.js';

/**
 * `-sum over c of p_T ln p_S`, mean over rows: the distributional loss of ReActNet (Liu et al. 2020, arXiv 2003.03488) as its released code computes it.
 * It is the Kullback-Leibler divergence plus the teacher's entropy, so the gradients for the student are the same and the values are not.
 * @param student logits `[..., C]`
 * @param teacher logits of the same shape
 */
export function softCrossEntropy(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  checkAlike('softCrossEntropy', student, teacher);
  const expected = tf.mul(tf.softmax(rowsOf(teacher)), tf.logSoftmax(rowsOf(student)));
  return tf.neg(tf.mean(tf.sum(expected, 1)));
}

/** `-sum over c of p ln p`, mean over the rows of logits `[..., C]`: what {@link softCrossEntropy} can't go below. */
export function softmaxEntropy(logits: tf.Tensor): tf.Scalar {
  return softCrossEntropy(logits, logits);
}

export interface KlOptions {
  /** Divides both sides' logits; the divergence is multiplied by its square, so that gradients keep their size. Default 1. */
  readonly temperature?: number;
  /** 1 for rows that count and 0 for others, of the logits' shape without the classes; default: all count. */
  readonly mask?: tf.Tensor;
}

/**
 * `T^2 KL(softmax(teacher / T) || softmax(student / T))`, mean over the rows that count; 0 if there are none (Hinton et al. 2015, arXiv 1503.02531, section 2).
 * @param student logits `[..., C]`
 * @param teacher logits of the same shape
 */
export function distillationLoss(
  student: tf.Tensor,
  teacher: tf.Tensor,
  { temperature = 1, mask }: KlOptions = {},
): tf.Scalar {
  checkAlike('distillationLoss', student, teacher);
  const [ofStudent, ofTeacher] = [student, teacher].map((t) => tf.logSoftmax(tf.div(rowsOf(t), temperature)));
  const divergence = tf.sum(tf.mul(tf.exp(ofTeacher), tf.sub(ofTeacher, ofStudent)), 1);
  return tf.mul(meanOfKept(divergence, mask), temperature ** 2);
}

function meanOfKept(rows: tf.Tensor, mask: tf.Tensor | undefined): tf.Scalar {
  if (mask === undefined) return tf.mean(rows);
  if (mask.size !== rows.size)
    throw shapeError('distillationLoss', 'mask', `${rows.size} entries, one a row`, mask.shape);
  const kept = tf.cast(tf.reshape(mask, [-1]), 'float32');
  return tf.div(tf.sum(tf.mul(rows, kept)), tf.maximum(tf.sum(kept), 1));
}

/** Terms of the Apprentice loss, before weighting. */
export interface ApprenticeTerms {
  /** Cross entropy of the teacher with the labels. */
  readonly teacher: tf.Scalar;
  /** Cross entropy of the student with the labels. */
  readonly student: tf.Scalar;
  /** Cross entropy of the student with the teacher's probabilities. */
  readonly soft: tf.Scalar;
}

/**
 * The three terms of Apprentice (Mishra and Marr 2018, arXiv 1711.05852). Scheme A trains both networks together from scratch, B a student from scratch beside
 * a trained teacher, C fine-tunes a trained student beside one; in B and C nothing of the teacher is trained, so that its term is for the record.
 * @param labels int32 `[N]`; logits are `[N, C]`
 * @param options.softTeacher true: in scheme A the soft term teaches the teacher too. Default false.
 */
export function apprenticeTerms(
  { student, teacher, labels }: { student: tf.Tensor2D; teacher: tf.Tensor2D; labels: tf.Tensor1D },
  { softTeacher = false }: { readonly softTeacher?: boolean } = {},
): ApprenticeTerms {
  return {
    teacher: tf.mean(softmaxCrossEntropy(teacher, labels)),
    student: tf.mean(softmaxCrossEntropy(student, labels)),
    soft: softCrossEntropy(student, softTeacher ? teacher : detached(teacher)),
  };
}

/** Weights of the terms, in the order of {@link ApprenticeTerms}: the paper's alpha, beta and gamma, as far as they could be recovered. */
export const apprenticeWeights = { teacher: 1, student: 0.5, soft: 0.5 } as const;
