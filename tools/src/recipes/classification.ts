import { type BackboneName, backbones, cellOperations } from '@onebit/backbones';
import { z } from 'zod';
import { init, normalization, precision, share, train } from './common.js';
import { classifierStages } from './stages.js';
import { teacher } from './teacher.js';

const backboneNames = Object.keys(backbones) as [BackboneName, ...BackboneName[]];

const edge = z.strictObject({ from: z.int().nonnegative(), operation: z.enum(cellOperations) });
const nodes = z.array(z.tuple([edge, edge])).min(1);

const model = z.strictObject({
  backbone: z.enum(backboneNames),
  /** Multiplies the channels of every stage. */
  width: z.number().positive().max(4),
  /** Of a ResNet: multiplies the channels of each stage beside `width`, one number a stage; null, or nothing, is 1 everywhere. */
  stageWidths: z.array(z.number().positive().max(8)).nullable().optional(),
  /** Of `cells`: what stands on the edges of its two kinds of cells, as `onebit search cells` finds it. */
  genotype: z.strictObject({ normal: nodes, reduction: nodes }).nullable().optional(),
  /** Of `cells`: how many there are. */
  cells: z.int().min(3).max(100).nullable().optional(),
  /** First layers of a ResNet, or of cells, for photographs; null where the backbone has one form of them. */
  stem: z.enum(['imagenet', 'small', 'full']).nullable(),
  /** Pictures become squares of this many pixels. */
  imageSize: z.int().min(8).max(1024),
  precision,
});

const range = z.tuple([z.number().positive(), z.number().positive()]);

/** What training does to a picture; see `ClassificationAugment` of @onebit/datasets. */
const augment = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('centre'), share: share.default(1) }),
  z.strictObject({ kind: z.literal('pad-crop'), pad: z.int().nonnegative().default(4) }),
  z.strictObject({
    kind: z.literal('resized-crop'),
    /** Smallest and largest part of the area. */
    scale: range,
    /** Smallest and largest width / height. */
    ratio: range.default([3 / 4, 4 / 3]),
    /** Largest relative change of light and of saturation. */
    colour: share.default(0),
  }),
]);

const data = z.strictObject({
  /** `cifar10:DIR`, `tiny-imagenet:DIR` or `images:DIR`; usually given with --dataset. */
  dataset: z.string().nullable(),
  trainSplit: z.string().nullable(),
  evalSplit: z.string().nullable(),
  /** `images:` without splits of its own: the part of each class that is evaluated on, the same for every seed of a recipe. */
  valShare: z.number().positive().max(0.9).default(0.1),
  augment,
  /** Evaluation looks at this part of the shorter side, in the middle. */
  evalShare: z.number().positive().max(1),
  ...normalization,
});

const loss = z.strictObject({
  /** Part of the target that is spread over all classes (Szegedy et al. 2016, arXiv 1512.00567, section 7). */
  labelSmoothing: z.number().min(0).max(0.9),
});

/** A classifier and its training. */
export const classificationSchema = z.strictObject({
  task: z.literal('classification'),
  name: z.string().min(1),
  about: z.string(),
  seed: z.int().nonnegative(),
  init: init.optional(),
  teacher: teacher.optional(),
  stages: classifierStages.optional(),
  model,
  data,
  loss,
  train,
});
/** See {@link classificationSchema}. */
export type ClassificationRecipe = z.output<typeof classificationSchema>;
/** What a person may write: defaults may be left out. */
export type ClassificationRecipeInput = z.input<typeof classificationSchema>;
