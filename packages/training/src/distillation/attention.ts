import { OnebitError, shapeError, unknownName } from '@onebit/common';
import { tf } from '@onebit/ops';

/**
 * How two attention maps are compared; the three are not interchangeable without another weight.
 *
 * - `norm`: the L2 norm of the difference of unit maps, mean over the batch, summed over layers (Martinez et al. 2020, arXiv 2003.11535).
 * - `square`: the mean squared difference of unit maps, summed over layers (usual in attention transfer code).
 * - `max`: maps divided by their maximum, mean squared difference, averaged over layers (larq zoo).
 */
export type AttentionForm = 'norm' | 'square' | 'max';

/** Far below any energy that matters; it keeps the gradient of equal or empty maps at 0, where it would be 0 / 0. Its square is still a float32. */
const tiny = 1e-12;

/** `sum over c of A^2` of maps `[N, H, W, C]`, flattened to `[N, H W]` and divided by its L2 norm. */
export function unitAttention(features: tf.Tensor4D): tf.Tensor2D {
  const energy = energyOf(features);
  return tf.div(energy, tf.sqrt(tf.add(tf.sum(tf.square(energy), 1, true), tiny ** 2)));
}

/** L2 distance `[N]` between the unit maps of student and teacher. */
export function attentionDistance(student: tf.Tensor4D, teacher: tf.Tensor4D): tf.Tensor1D {
  const difference = tf.sub(unitAttention(student), unitAttention(teacher));
  return tf.sqrt(tf.add(tf.sum(tf.square(difference), 1), tiny ** 2));
}

const forms: Record<AttentionForm, (student: tf.Tensor4D, teacher: tf.Tensor4D) => tf.Scalar> = {
  norm: (student, teacher) => tf.mean(attentionDistance(student, teacher)),
  square: (student, teacher) => tf.mean(tf.squaredDifference(unitAttention(student), unitAttention(teacher))),
  max: (student, teacher) => tf.mean(tf.squaredDifference(peakAttention(student), peakAttention(teacher))),
};

/**
 * Attention matching of feature maps `[N, H, W, C]`, layer by layer; the numbers of channels may differ between student and teacher. Give it real features, such
 * as outputs of residual blocks: the energy of a map of signs is constant.
 */
export function attentionMatching(
  students: readonly tf.Tensor4D[],
  teachers: readonly tf.Tensor4D[],
  form: AttentionForm = 'norm',
): tf.Scalar {
  if (!Object.hasOwn(forms, form)) throw unknownName('attentionMatching form', form, Object.keys(forms));
  if (students.length === 0 || students.length !== teachers.length) {
    throw new OnebitError(
      'ERR_USAGE',
      `attentionMatching: needs as many maps of the teacher as of the student, at least one; got ${students.length} and ${teachers.length}`,
    );
  }
  const layers = students.map((student, i) => {
    checkGrid(student, teachers[i]);
    return forms[form](student, teachers[i]);
  });
  const sum = tf.addN(layers);
  return form === 'max' ? tf.div(sum, layers.length) : sum;
}

/** The channel mean of squares divided by its largest entry, `[N, H W]`. */
function peakAttention(features: tf.Tensor4D): tf.Tensor2D {
  const energy = tf.div(energyOf(features), features.shape[3]);
  return tf.div(energy, tf.add(tf.max(energy, 1, true), tiny));
}

function energyOf(features: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(tf.sum(tf.square(features), 3), [features.shape[0], -1]);
}

function checkGrid(student: tf.Tensor4D, teacher: tf.Tensor4D): void {
  const [grid, expected] = [student, teacher].map(({ shape }) => shape.slice(0, 3));
  if (tf.util.arraysEqual(grid, expected)) return;
  throw shapeError('attentionMatching', 'student', `[${expected.join(', ')}, any] as the teacher's map`, student.shape);
}
