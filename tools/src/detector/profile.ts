import { Random } from '@onebit/common';
import { tf, valueAndGradients } from '@onebit/ops';
import { type KernelProfile, profileKernels } from '@onebit/tfjs-backend-native';
import { Optimizer } from '@onebit/training';
import type { Recipe } from '../recipes/schema.js';
import { buildDetector } from './build.js';
import { type DetectorBatch, detectorLoss } from './task.js';

/** Times of one training step, averaged over the profiled steps, in milliseconds. */
export interface StepProfile {
  readonly stepMs: number;
  readonly nativeMs: number;
  readonly otherMs: number;
  /** The most expensive first. */
  readonly kernels: readonly KernelProfile[];
}

/** The first steps compile code and fill the pool; they are slower. */
const warmupSteps = 4;

/** Profiles training steps of a recipe on pictures of noise with a few boxes each: the arithmetic does not depend on what is shown. */
export async function profileStep(recipe: Recipe, steps: number): Promise<StepProfile> {
  const classes = Array.from({ length: 20 }, (_, i) => `class ${i + 1}`);
  const model = buildDetector(recipe, classes);
  const optimizer = new Optimizer(model.namedParameters(), recipe.train.optimizer);
  const lossOf = detectorLoss(model, recipe);
  const random = new Random(recipe.seed);
  const batch = noiseBatch(recipe, classes.length, random);
  // From the last step on, so that delayed terms are in the profile.
  const context = { training: true, random, step: recipe.train.steps } as const;
  const variables = optimizer.trained.map(([, { variable }]) => variable);
  const step = () => {
    const { value, gradients } = valueAndGradients(() => lossOf(batch, context).total, variables);
    value.dataSync();
    optimizer.step(new Map(optimizer.trained.map(([name, { variable }]) => [name, gradients.get(variable)!])), 1e-4, 1);
    tf.dispose([value, ...gradients.values()]);
  };
  for (let i = 0; i < warmupSteps; i++) step();
  const started = performance.now();
  const kernels = await profileKernels(() => {
    for (let i = 0; i < steps; i++) step();
  });
  const stepMs = (performance.now() - started) / steps;
  const averaged = kernels.map((kernel) => ({ ...kernel, calls: kernel.calls / steps, ms: kernel.ms / steps }));
  const sum = (native: boolean) =>
    averaged.filter((kernel) => kernel.native === native).reduce((total, { ms }) => total + ms, 0);
  return { stepMs, nativeMs: sum(true), otherMs: sum(false), kernels: averaged.sort((a, b) => b.ms - a.ms) };
}

function noiseBatch(recipe: Recipe, classes: number, random: Random): DetectorBatch {
  const { imageSize } = recipe.model;
  const { batchSize } = recipe.train;
  const targets = Array.from({ length: batchSize }, () => {
    const corners = Array.from({ length: 3 }, () => [random.uniform(0, 0.5), random.uniform(0, 0.5)]);
    return {
      boxes: Float32Array.from(
        corners.flatMap(([x, y]) => [x, y, x + random.uniform(0.1, 0.5), y + random.uniform(0.1, 0.5)]),
      ),
      labels: Int32Array.from(corners, () => random.int(classes)),
      difficult: new Uint8Array(corners.length),
    };
  });
  return {
    images: Float32Array.from({ length: batchSize * imageSize ** 2 * 3 }, () => random.normal()),
    shape: [batchSize, imageSize, imageSize, 3],
    targets,
    ids: targets.map((_, i) => `noise ${i}`),
    sizes: targets.map(() => [imageSize, imageSize] as const),
    step: 0,
    epoch: 0,
  };
}
