import { z } from 'zod';
import { checkpointChoice, share } from './common.js';

const weighted = {
  weight: z.number().positive(),
  /** Share of the run after which the term is left out. */
  until: share.positive().optional(),
};
const ofFeatures = {
  ...weighted,
  /** Dotted glob over the student's blocks. */
  match: z.string(),
  /** Over the teacher's; nothing: the same. */
  teacherMatch: z.string().optional(),
};

/** A loss term made with a teacher; see `StrategyTerm` of @onebit/training. */
const term = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('logits'), temperature: z.number().positive().default(1), ...weighted }),
  z.strictObject({ kind: z.literal('soft-labels'), ...weighted }),
  z.strictObject({
    kind: z.literal('attention'),
    form: z.enum(['norm', 'square', 'max']).default('norm'),
    ...ofFeatures,
  }),
  z.strictObject({ kind: z.literal('hint'), ...ofFeatures }),
  z.strictObject({ kind: z.literal('distribution'), match: z.string(), ...weighted }),
]);

/** What is learnt from a teacher, whoever it is. */
const lessons = {
  /** Weight of the loss of the labels beside the terms; 0 leaves them out, as ReActNet does. */
  labels: z.number().nonnegative().default(1),
  terms: z
    .array(term)
    .min(1)
    .default([{ kind: 'logits', temperature: 1, weight: 1 }]),
};

type Lessons = z.output<z.ZodObject<typeof lessons>>;

const lossAllTheTime = ({ labels, terms }: Lessons) => labels > 0 || terms.some(({ until = 1 }) => until === 1);
const needsLoss = { path: ['labels'], error: 'expected more than 0 where every term ends before the run' };

/** A trained classifier to learn from. */
export const teacher = z
  .strictObject({
    /** Folder of its run. */
    run: z.string().min(1),
    checkpoint: checkpointChoice,
    ...lessons,
  })
  .refine(lossAllTheTime, needsLoss);
/** See {@link teacher}. */
export type RecipeTeacher = z.output<typeof teacher>;

/** An earlier stage to learn from. */
export const stageTeacher = z
  .strictObject({
    /** Its name. */
    stage: z.string(),
    checkpoint: checkpointChoice,
    ...lessons,
  })
  .refine(lossAllTheTime, needsLoss);
