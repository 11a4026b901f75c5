import { OnebitError, suggest } from '@onebit/common';
import { gradientPrecisions } from '@onebit/tfjs-backend-native';
import { z } from 'zod';

const positiveInt = z.int().positive();
const share = z.number().min(0).max(1);

/** A precision by name (`float`, or a binarization method) for everything binarizable, or an ordered plan of patterns; the last match wins. */
const precision = z.union([z.string(), z.array(z.strictObject({ match: z.string(), precision: z.string() })).min(1)]);

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
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  channelOrder: z.enum(['rgb', 'bgr']),
});

const warmup = z.strictObject({ steps: positiveInt, from: share.optional() });
const rising = { rate: z.number().positive(), warmup: warmup.optional() };
const end = z.number().nonnegative().optional();
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

const optimizer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: share.default(0.9),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    kind: z.enum(['adam', 'adamw']),
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().nonnegative().default(0),
  }),
]);

const train = z.strictObject({
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
  /** Steps between two evaluations; null evaluates only at the end. */
  evaluateEvery: positiveInt.nullable(),
  checkpointEvery: positiveInt,
  /** What the operands of the gradients of binary convolutions are rounded to; sums are float32 in either case. */
  matmul: z.enum(gradientPrecisions).default('fp32'),
});

const evaluation = z.strictObject({
  metric: z.enum(['11-point', 'area']),
  iou: z.number().positive().max(1),
  scoreThreshold: share,
  nmsIou: share,
  maxDetections: positiveInt,
});

/** A complete training setup as data. Nothing in a recipe is code, nothing is looked up by import. */
export const recipeSchema = z.strictObject({
  name: z.string().min(1),
  about: z.string(),
  seed: z.int().nonnegative(),
  model,
  data,
  train,
  evaluation,
});
export type Recipe = z.output<typeof recipeSchema>;
/** What a person may write: defaults may be left out. */
export type RecipeInput = z.input<typeof recipeSchema>;

/**
 * Checks a whole recipe and fills its defaults.
 * @throws OnebitError ERR_RECIPE with one line for each problem: path, what was expected, what was found; unknown keys name the known ones.
 */
export function parseRecipe(value: unknown, where: string): Recipe {
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => describe(issue, value));
  throw new OnebitError(
    'ERR_RECIPE',
    `${where}: ${lines.length === 1 ? lines[0] : `${lines.length} problems:\n  ${lines.join('\n  ')}`}`,
  );
}

function describe(issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.join('.') || 'recipe';
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(recipeSchema, issue.path, value);
    const near = suggest(issue.keys[0], known);
    return `${path}: unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; known: ${known.join(', ')}${near ? `. Did you mean ${JSON.stringify(near)}?` : ''}`;
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  return `${path}: ${complaint(issue)}, got ${found === undefined ? 'nothing' : JSON.stringify(found)}`;
}

/** `expected …`, without the type that was found: the value itself is shown. Of a union, what each branch expected. */
function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map(([first]) =>
      [first.path.join('.'), complaint(first).replace(/^expected /, '')].filter(Boolean).join(' '),
    );
    return `expected ${branches.join(', or ')}`;
  }
  return issue.message
    .replace(/^(Invalid input|Invalid option|Too small|Too big): /, '')
    .replace(/^Invalid discriminator value. Expected/, 'expected one of')
    .replace(/, received .*$/, '');
}

/** Keys that the object at `path` may have, following the schema down; a union takes the branch that the value's `kind` chooses. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let at: z.ZodType = schema;
  let found: unknown = value;
  for (const key of path) {
    at = unwrap(at, found);
    if (!(at instanceof z.ZodObject)) return [];
    at = at.shape[String(key)] as z.ZodType;
    found = (found as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  at = unwrap(at, found);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap() as z.ZodType, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const kind = (value as { kind?: unknown } | undefined)?.kind;
    const branch = schema.options.find((option) => {
      const literal = option instanceof z.ZodObject ? (option.shape.kind as z.ZodType) : undefined;
      return literal?.safeParse(kind).success ?? false;
    });
    return (branch as z.ZodType | undefined) ?? schema;
  }
  return schema;
}
