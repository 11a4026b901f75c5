import { type Random, shapeError } from '@onebit/common';
import type { Parameter } from '@onebit/nn';
import { globalNorm, tf, valueAndGradients } from '@onebit/ops';
import type { Loss, LossContext } from './train-options.js';

/** What one step gives in numbers. */
export interface StepNumbers {
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Global L2 norm over all gradients, before clipping. */
  readonly norm: number;
}

/** Loss and gradients of one batch. */
export interface Gradients extends StepNumbers {
  /** By parameter name; the caller disposes them. Parameters the loss does not depend on are absent. */
  readonly byName: ReadonlyMap<string, tf.Tensor>;
}

/** Runs `lossOf` in training mode and differentiates its total with respect to `trained`. */
export async function computeGradients<B>(
  task: { lossOf(batch: B, context: LossContext): Loss },
  batch: B,
  trained: readonly (readonly [string, Parameter])[],
  { random, step }: { readonly random: Random; readonly step: number },
): Promise<Gradients> {
  let names: string[] = [];
  let losses: tf.Tensor | undefined;
  const variables = trained.map(([, { variable }]) => variable);
  const { value, gradients } = valueAndGradients(() => {
    const { total, terms } = task.lossOf(batch, { training: true, random, step });
    for (const [name, value] of Object.entries({ total, ...terms })) {
      if (value.rank !== 0) throw shapeError('lossOf', name, 'a scalar, such as a mean or a sum', value.shape);
    }
    names = Object.keys(terms);
    // One small tensor, so that one read fetches all; kept, because the tape's scope ends before it is read.
    losses = tf.keep(tf.stack([total, ...names.map((name) => terms[name])]));
    return total;
  }, variables);
  const byName = new Map(
    trained.flatMap(([name, { variable }]) => {
      const gradient = gradients.get(variable);
      return gradient === undefined ? [] : [[name, gradient]];
    }),
  );
  const norm = globalNorm([...byName.values()]);
  try {
    const [total, ...parts] = await losses!.data();
    const terms = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    return { total, terms, norm: (await norm.data())[0], byName };
  } finally {
    tf.dispose([value, losses!, norm]);
  }
}
