import { z } from 'zod';
import { stageTeacher } from './teacher.js';

const stage = z.strictObject({
  /** Letters, digits, `_` and `-`; its run stands in the folder `<number>-<name>`. */
  name: z.string(),
  /** Earlier stage whose weights it begins with, `previous` (what is meant where it says nothing) or `scratch`. */
  from: z.string().optional(),
  /** Changes of the recipe: dotted keys, objects, or both; objects are merged, those that choose by `kind` or `method` replace. */
  set: z.record(z.string(), z.json()).default({}),
});

/** Trainings one after another, each a run of its own by the recipe with its changes; see `Stage` of @onebit/training. */
export const stages = z.array(stage).min(1);

/** The same for classifiers, which may learn from an earlier stage. */
export const classifierStages = z.array(stage.extend({ teacher: stageTeacher.optional() })).min(1);
/** A stage as a recipe has it. */
export type StageOfRecipe = z.output<typeof classifierStages>[number];
