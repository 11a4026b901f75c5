import { z } from 'zod';
import { init, normalization, positiveInt, precision, share, train } from './common.js';
import { stages } from './stages.js';

/** BiDet's two terms: the preset's settings with changes; see `bottleneckPresets` of @onebit/detection. */
const bottleneck = z.strictObject({
  /** Weight of the feature term. */
  beta: z.number().nonnegative(),
  /** Weight of the sparse object prior. */
  gamma: z.number().nonnegative(),
  /** Scale of the noise of sampled boxes; 0 samples none. */
  sampleScale: z.number().nonnegative().default(0),
  /** Both terms are off before this step: the original starts them at its first learning-rate step. */
  startStep: z.int().nonnegative(),
});

const model = z.strictObject({
  detector: z.literal('ssd'),
  backbone: z.enum(['resnet18']),
  /** Multiplies the channels of every stage. */
  width: z.number().positive().max(4),
  stem: z.enum(['imagenet', 'small']),
  /** Pictures are resized to a square of this many pixels. */
  imageSize: z.int().min(64).max(1024),
  precision,
  bottleneck: bottleneck.nullable(),
});

const data = z.strictObject({
  /** `voc:DIR`, `coco:DIR` or `generated:DIR`; usually given with --dataset. */
  dataset: z.string().nullable(),
  trainSplit: z.string().nullable(),
  evalSplit: z.string().nullable(),
  classMap: z.union([z.literal('voc20'), z.record(z.string(), z.string())]).nullable(),
  /** What happens to boxes outside their picture or without area. */
  badBoxes: z.enum(['error', 'clip', 'drop']),
  augment: z.enum(['ssd', 'ssd-official', 'none']),
  /** Largest canvas around a picture, in picture sides (SSD: 4, for 300 pixels; less for small inputs, where objects would vanish). */
  maxExpand: z.number().min(1).max(8).default(4),
  /** Smallest side of a crop, in picture sides (SSD: 0.3). */
  minCrop: z.number().positive().max(1).default(0.3),
  ...normalization,
  channelOrder: z.enum(['rgb', 'bgr']),
});

const evaluation = z.strictObject({
  metric: z.enum(['11-point', 'area']),
  iou: z.number().positive().max(1),
  scoreThreshold: share,
  nmsIou: share,
  maxDetections: positiveInt,
});

/** A detector and its training. Recipes and runs from before there were others do not name the task. */
export const detectionSchema = z.strictObject({
  task: z.literal('detection').optional(),
  name: z.string().min(1),
  about: z.string(),
  seed: z.int().nonnegative(),
  init: init.optional(),
  stages: stages.optional(),
  model,
  data,
  train,
  evaluation,
});
/** See {@link detectionSchema}. */
export type DetectionRecipe = z.output<typeof detectionSchema>;
/** What a person may write: defaults may be left out. */
export type DetectionRecipeInput = z.input<typeof detectionSchema>;
