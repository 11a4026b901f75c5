import { type Random, shapeError } from '@onebit/common';
import type { Parameter } from '@onebit/nn';
import {
  accumulate,
  asReading,
  globalNorm,
  type MaybeReading,
  type Reading,
  tf,
  valueAndGradientsAsync,
} from '@onebit/ops';
import type { Loss, LossContext, TrainingBatch } from './train-options.js';

/** What one step gives in numbers. */
export interface StepNumbers {
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Global L2 norm over all gradients, before clipping. */
  readonly norm: number;
}

/** Loss and gradients, averaged over some batches. */
export interface Gradients extends StepNumbers {
  /** By parameter name; the caller disposes them. Parameters the loss does not depend on are absent. */
  readonly byName: ReadonlyMap<string, tf.Tensor>;
  /** Of all images of the batches. */
  readonly ids: readonly string[];
}

interface GradientsTask<B> {
  lossOf(batch: B, context: LossContext): MaybeReading<Loss>;
  /** Number of batches. */
  readonly count: number;
  readonly trained: readonly (readonly [string, Parameter])[];
  readonly recompute?: boolean;
  readonly random: Random;
  readonly step: number;
  readonly progress: number;
}

/**
 * Runs `lossOf` in training mode on `count` batches, one after another, and differentiates the mean of their totals with respect to `trained`. Gradients are
 * added up in place, so that several batches take hardly more memory than one.
 */
export async function computeGradients<B extends TrainingBatch>(
  batches: AsyncIterable<B>,
  task: GradientsTask<B>,
): Promise<Gradients> {
  const sum: { names: string[]; losses?: tf.Tensor } = { names: [] };
  const byName = new Map<string, tf.Tensor>();
  const ids: string[] = [];
  let norm: tf.Scalar | undefined;
  try {
    for await (const batch of batches) {
      ids.push(...batch.ids);
      const part = await gradientsOf(batch, task);
      sum.names = part.names;
      sum.losses = sum.losses === undefined ? part.losses : accumulate(sum.losses, part.losses);
      for (const [name, gradient] of part.byName) {
        const before = byName.get(name);
        byName.set(name, before === undefined ? gradient : accumulate(before, gradient));
      }
    }
    norm = globalNorm([...byName.values()]);
    const [total, ...parts] = Array.from(await sum.losses!.data(), (value) => value / task.count);
    const terms = Object.fromEntries(sum.names.map((name, i) => [name, parts[i]]));
    return { total, terms, norm: (await norm.data())[0], byName, ids };
  } catch (error) {
    tf.dispose([...byName.values()]);
    throw error;
  } finally {
    tf.dispose([sum.losses, norm] as tf.Tensor[]);
  }
}

/** One batch's losses, and its part of the gradients of the mean over all batches. */
async function gradientsOf<B>(batch: B, { lossOf, count, trained, ...context }: GradientsTask<B>) {
  let names: string[] = [];
  let losses: tf.Tensor | undefined;
  const variables = trained.map(([, { variable }]) => variable);
  function* meanOver(): Reading<tf.Scalar> {
    const { total, terms } = yield* asReading(lossOf(batch, { training: true, ...context }));
    for (const [name, value] of Object.entries({ total, ...terms })) {
      if (value.rank !== 0) throw shapeError('lossOf', name, 'a scalar, such as a mean or a sum', value.shape);
    }
    names = Object.keys(terms);
    // One small tensor, so that one read fetches all; kept, because the tape's scope ends before it is read.
    losses = tf.keep(tf.stack([total, ...names.map((name) => terms[name])]));
    return count === 1 ? total : tf.div(total, count);
  }
  const { value, gradients } = await valueAndGradientsAsync(meanOver, variables);
  value.dispose();
  const byName = trained.flatMap(([name, { variable }]): [string, tf.Tensor][] => {
    const gradient = gradients.get(variable);
    return gradient === undefined ? [] : [[name, gradient]];
  });
  return { names, losses: losses!, byName };
}
