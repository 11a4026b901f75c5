import { gradientPrecisions } from '@onebit/tfjs-backend-native';
import { z } from 'zod';

/** A whole number of at least 1. */
export const positiveInt = z.int().positive();
/** A part of a whole, 0 to 1. */
export const share = z.number().min(0).max(1);

/** A method with some of its options, `{ method: 'dorefa', bits: 2 }`; the method itself checks them. */
const methodWithOptions = z.object({ method: z.string() }).catchall(z.union([z.string(), z.number(), z.boolean()]));

/**
 * A precision by name (`float`, or a binarization method), or a method with options, for everything binarizable; or an ordered plan of patterns, where the last match
 * wins.
 */
export const precision = z.union([
  z.string(),
  methodWithOptions,
  z.array(z.strictObject({ match: z.string(), precision: z.union([z.string(), methodWithOptions]) })).min(1),
]);
/** What a recipe says of a model's precision. */
export type RecipePrecision = z.output<typeof precision>;

/** Which weights of a run. */
export const checkpointChoice = z.enum(['best', 'latest']).default('best');

/** Weights to begin with, taken from another run or file by the names of tensors. */
export const init = z.strictObject({
  /** Folder of a run, or a safetensors file. */
  from: z.string().min(1),
  /** Of a run: which weights. */
  checkpoint: checkpointChoice,
  /** Dotted glob over the names of the tensors to take. */
  match: z.string().default('**'),
  /** `decouple`: weights of BinaryDuo's coupled network become those of the decoupled one. */
  convert: z.enum(['decouple']).optional(),
});
/** See {@link init}. */
export type RecipeInit = z.output<typeof init>;

const channels = [z.number(), z.number(), z.number()] as const;
const deviation = z.number().positive();

/** Of red, green, blue on the scale 0 to 255; pixels become `(value - mean) / std`. */
export const normalization = { mean: z.tuple(channels), std: z.tuple([deviation, deviation, deviation]) };

const warmup = z.strictObject({ steps: positiveInt, from: share.optional() });
const rising = { rate: z.number().positive(), warmup: warmup.optional() };
const end = z.number().nonnegative().optional();
/** The learning rate over the steps; see `Schedule` of @onebit/training. */
const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), ...rising }),
  z.strictObject({
    kind: z.literal('step'),
    milestones: z.array(positiveInt),
    gamma: z.number().positive().max(1),
    ...rising,
  }),
  z.strictObject({ kind: z.literal('linear'), end, ...rising }),
  z.strictObject({ kind: z.literal('poly'), power: z.number().positive(), end, ...rising }),
  z.strictObject({ kind: z.literal('cosine'), end, ...rising }),
  z.strictObject({ kind: z.literal('exponential'), end: z.number().positive(), ...rising }),
]);

/** Parameters by dotted glob and by role. */
const selection = {
  match: z.string().optional(),
  roles: z.array(z.enum(['latent', 'weight', 'bias', 'norm', 'scale'])).optional(),
};
const decay = z.number().nonnegative();
const groups = z
  .array(
    z.strictObject({
      ...selection,
      rateFactor: z.number().nonnegative().optional(),
      weightDecay: decay.optional(),
      frozen: z.boolean().optional(),
    }),
  )
  .optional();

const sgd = z.strictObject({
  kind: z.literal('sgd'),
  momentum: share.default(0.9),
  nesterov: z.boolean().default(false),
  weightDecay: decay.default(0),
  groups,
});
const adam = z.strictObject({
  kind: z.enum(['adam', 'adamw']),
  beta1: share.default(0.9),
  beta2: share.default(0.999),
  epsilon: z.number().positive().default(1e-8),
  epsilonHat: z.boolean().optional(),
  weightDecay: decay.default(0),
  groups,
});
const bop = z.strictObject({
  kind: z.literal('bop'),
  gamma: z.union([z.number().positive().max(1), schedule]).default(1e-4),
  threshold: z.number().nonnegative().default(1e-8),
  groups,
});
const scheduled = { ...selection, schedule: schedule.optional() };

/** See `OptimizerChoice` of @onebit/training. */
const optimizer = z.discriminatedUnion('kind', [
  sgd,
  adam,
  bop,
  z.strictObject({
    kind: z.literal('several'),
    parts: z
      .array(z.discriminatedUnion('kind', [sgd.extend(scheduled), adam.extend(scheduled), bop.extend(selection)]))
      .min(1),
  }),
]);

/** How long, how fast and in which portions a model is trained. */
export const train = z.strictObject({
  steps: positiveInt,
  batchSize: positiveInt,
  /** Batches whose averaged gradients make one step: `accumulate` times the batch in the memory of one; batch normalisation sees each by itself. */
  accumulate: positiveInt.default(1),
  /** True: blocks are computed again in the backward pass instead of kept: less memory, about a third more time, the same numbers. */
  recompute: z.boolean().default(false),
  optimizer,
  schedule,
  /** Largest global norm of the gradients; null leaves them as they are. */
  clipNorm: z.number().positive().nullable(),
  /** Decay of the moving average of the weights that is evaluated; null evaluates the weights themselves. */
  ema: z.number().min(0).max(0.99999).nullable(),
  /** Batches over which running statistics are re-estimated before each evaluation; null, or nothing, keeps those that training left. */
  recalibrate: positiveInt.nullable().optional(),
  /** Steps between two evaluations; null evaluates only at the end. */
  evaluateEvery: positiveInt.nullable(),
  checkpointEvery: positiveInt,
  /** What the operands of the gradients of binary convolutions are rounded to; sums are float32 in either case. */
  matmul: z.enum(gradientPrecisions).default('fp32'),
});
