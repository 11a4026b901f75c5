import { shapeError } from '@onebit/common';
import { tf } from '@onebit/ops';

/** Logits `[..., C]` as rows `[N, C]`: images of a classifier, pixels of a segmenter or anchors of a detector are treated alike. */
export function rowsOf(logits: tf.Tensor): tf.Tensor2D {
  return tf.reshape(logits, [-1, logits.shape[logits.rank - 1]]) as tf.Tensor2D;
}

/**
 * Refuses a student and a teacher whose tensors can't be compared entry by entry.
 * @throws OnebitError ERR_SHAPE
 */
export function checkAlike(where: string, student: tf.Tensor, teacher: tf.Tensor): void {
  if (!tf.util.arraysEqual(student.shape, teacher.shape)) {
    throw shapeError(where, 'student', `the teacher's [${teacher.shape.join(', ')}]`, student.shape);
  }
}

/** `x` without a way back for gradients. */
export function detached<T extends tf.Tensor>(x: T): T {
  const constant = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return constant(x) as T;
}
