import type { ForwardContext, Module } from '@onebit/nn';
import { tf } from '@onebit/ops';
import type { LossContext } from '../train-options.js';
import { Taps } from './taps.js';
import { missingTeacher, needsTeacher, type StrategyTerm, studentTap, teacherTap, termValue } from './terms.js';

/** A network to learn from. */
export interface Teacher<In> {
  readonly network: Module<In, tf.Tensor>;
  /**
   * False (default): it runs in inference and nothing of it changes. True: it runs in training beside the student, to be trained with it (guided training,
   * Zhuang et al. 2018; Apprentice's scheme A): the model of the run holds both, see `TrainedTogether`.
   */
  readonly trained?: boolean;
}

/** What one supervised forward pass gives. */
export interface Supervised {
  /** The student's logits. */
  readonly logits: tf.Tensor;
  /** The teacher's, where one has been asked: by a term in force, or because it is trained, too. */
  readonly teacherLogits?: tf.Tensor;
  /** Weighted terms by name, to be added to the loss of the labels. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}

/**
 * Runs a student, and its teacher on the same input, and makes the loss terms of a list of strategies out of their logits and inner tensors.
 * @throws OnebitError ERR_RECIPE if a term needs a teacher and there is none
 */
export class Supervision<In = tf.Tensor4D> {
  readonly #student: Module<In, tf.Tensor>;
  readonly #teacher?: Teacher<In>;
  readonly #terms: readonly StrategyTerm[];

  constructor(student: Module<In, tf.Tensor>, terms: readonly StrategyTerm[], teacher?: Teacher<In>) {
    const lonely = teacher === undefined ? terms.find(needsTeacher) : undefined;
    if (lonely !== undefined) throw missingTeacher(lonely);
    this.#student = student;
    this.#teacher = teacher;
    this.#terms = terms;
  }

  /** One forward pass; to be called inside a loss, with its context. */
  forward(input: In, context: LossContext): Supervised {
    const terms = this.#terms.filter(({ until = 1 }) => context.progress < until);
    const [ofStudent, ofTeacher] = [tapsOf(terms, studentTap), tapsOf(terms, teacherTap)];
    try {
      const logits = this.#student.forward(input, ofStudent.taps.listen(context));
      const teacher = terms.some(needsTeacher) || this.#teacher?.trained ? this.#teacher : undefined;
      const teacherLogits = teacher?.network.forward(input, ofTeacher.taps.listen(contextOf(teacher, context)));
      const values = terms.map((term) => {
        const student = { logits, taps: ofStudent.of(term) };
        const taught = teacherLogits && { logits: teacherLogits, taps: ofTeacher.of(term) };
        return [term, tf.mul<tf.Scalar>(termValue(term, { student, teacher: taught }), term.weight)] as const;
      });
      return { logits, teacherLogits, terms: byName(values) };
    } finally {
      ofStudent.taps.release();
      ofTeacher.taps.release();
    }
  }
}

function contextOf<In>({ trained = false }: Teacher<In>, context: LossContext): ForwardContext {
  return trained ? context : { training: false };
}

function tapsOf(terms: readonly StrategyTerm[], patternOf: typeof studentTap) {
  const tapping = terms.filter((term) => patternOf(term) !== undefined);
  const taps = new Taps(tapping.map((term) => patternOf(term)!));
  return { taps, of: (term: StrategyTerm) => (tapping.includes(term) ? taps.tensors(tapping.indexOf(term)) : []) };
}

/** Terms of one kind share a name and are added up. */
function byName(values: readonly (readonly [StrategyTerm, tf.Scalar])[]): Record<string, tf.Scalar> {
  const sums: Record<string, tf.Scalar> = {};
  for (const [{ kind }, value] of values) sums[kind] = kind in sums ? tf.add(sums[kind], value) : value;
  return sums;
}
