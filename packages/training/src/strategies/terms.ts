import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import { distributionLoss } from '../distillation/activation-distribution.js';
import { type AttentionForm, attentionMatching } from '../distillation/attention.js';
import { featureHint } from '../distillation/feature-hint.js';
import { distillationLoss, softCrossEntropy } from '../distillation/logits.js';
import { detached } from '../distillation/rows.js';
import type { TapPattern } from './taps.js';

interface Weighted {
  readonly weight: number;
  /** Share of the run, in (0, 1], after which the term is left out; default 1, never. */
  readonly until?: number;
}

interface OfFeatures extends Weighted {
  /** Dotted glob over the student's blocks. */
  readonly match: string;
  /** Over the teacher's; default: the same. */
  readonly teacherMatch?: string;
}

/** Divergence of softened probabilities: `distillationLoss`. */
export interface LogitsTerm extends Weighted {
  readonly kind: 'logits';
  /** Default 1. */
  readonly temperature?: number;
}

/** Cross entropy with the teacher's probabilities, ReActNet's replacement of labels: `softCrossEntropy`. */
export interface SoftLabelsTerm extends Weighted {
  readonly kind: 'soft-labels';
}

/** `attentionMatching` of blocks. */
export interface AttentionTerm extends OfFeatures {
  readonly kind: 'attention';
  /** Default `norm`. */
  readonly form?: AttentionForm;
}

/** `featureHint` of blocks, mean over them. Where the teacher is trained, too, it reaches both networks. */
export interface HintTerm extends OfFeatures {
  readonly kind: 'hint';
}

/** `distributionLoss` of what enters the binary layers that match; needs no teacher. */
export interface DistributionTerm extends Weighted {
  readonly kind: 'distribution';
  readonly match: string;
}

/** A loss term beside the labels' own, as data. */
export type StrategyTerm = LogitsTerm | SoftLabelsTerm | AttentionTerm | HintTerm | DistributionTerm;

/** What a term of one forward pass is made of. */
export interface TermInputs {
  readonly student: { readonly logits: tf.Tensor; readonly taps: readonly tf.Tensor[] };
  readonly teacher?: { readonly logits: tf.Tensor; readonly taps: readonly tf.Tensor[] };
}

/** The inner tensors of the student that a term wants. */
export function studentTap(term: StrategyTerm): TapPattern | undefined {
  if (!('match' in term)) return undefined;
  return { match: term.match, side: term.kind === 'distribution' ? 'input' : 'output' };
}

/** The inner tensors of the teacher that a term wants. */
export function teacherTap(term: StrategyTerm): TapPattern | undefined {
  if (term.kind !== 'attention' && term.kind !== 'hint') return undefined;
  return { match: term.teacherMatch ?? term.match, side: 'output' };
}

/** True for a term that compares with a teacher. */
export function needsTeacher({ kind }: StrategyTerm): boolean {
  return kind !== 'distribution';
}

/** What to say when there is none. */
export function missingTeacher({ kind }: StrategyTerm): OnebitError {
  return new OnebitError('ERR_RECIPE', `the loss term ${kind} compares with a teacher; name one, or leave it out`);
}

/** The value of a term, without its weight. The teacher learns from hints alone. */
export function termValue(term: StrategyTerm, { student, teacher }: TermInputs): tf.Scalar {
  if (term.kind === 'distribution') return distributionLoss(student.taps);
  if (teacher === undefined) throw missingTeacher(term);
  if (term.kind === 'logits') {
    return distillationLoss(student.logits, detached(teacher.logits), { temperature: term.temperature });
  }
  if (term.kind === 'soft-labels') return softCrossEntropy(student.logits, detached(teacher.logits));
  const pairs = paired(term, student.taps, teacher.taps);
  if (term.kind === 'hint') {
    return tf.div(tf.addN(pairs.map(([s, t]) => featureHint(s, t))), pairs.length);
  }
  const [students, teachers] = [pairs.map(([s]) => s), pairs.map(([, t]) => detached(t))] as tf.Tensor4D[][];
  return attentionMatching(students, teachers, term.form);
}

function paired(
  { kind, match, teacherMatch = match }: OfFeatures & { readonly kind: string },
  students: readonly tf.Tensor[],
  teachers: readonly tf.Tensor[],
): (readonly [tf.Tensor, tf.Tensor])[] {
  if (students.length !== teachers.length) {
    throw new OnebitError(
      'ERR_RECIPE',
      `the loss term ${kind} pairs tensors of student and teacher, but ${match} are ${students.length} and ${teacherMatch} ${teachers.length}`,
    );
  }
  return students.map((student, i) => [student, teachers[i]] as const);
}
