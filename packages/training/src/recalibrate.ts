import { OnebitError } from '@onebit/common';
import { type AnyModule, BatchNorm, type ForwardContext } from '@onebit/nn';
import { type MaybeReading, runForEffect } from '@onebit/ops';

/**
 * Re-estimates the running statistics of batch normalisation with the weights as they are: afterwards they are the plain mean over `count` batches of
 * each batch's mean and unbiased variance, however old the ones before. Binary networks need it where statistics lag behind the weights: averaged
 * weights, a candidate of a search that shares weights with others (NAS-BNN, arXiv 2408.15484), a network whose quantizers have just changed.
 * Frozen layers keep theirs.
 * @param batches the first `count` are used; the rest is not asked for.
 * @param forward runs the model on a batch in the given context (training, no noise); what it makes is freed.
 * @throws OnebitError ERR_USAGE for a count below 1, ERR_DATA when the batches end early; the layers' momentum is restored in any case.
 */
export async function recalibrate<B>(
  model: AnyModule,
  batches: AsyncIterable<B>,
  count: number,
  forward: (batch: B, context: ForwardContext & { readonly training: true }) => MaybeReading<unknown>,
): Promise<void> {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new OnebitError('ERR_USAGE', `recalibrate: count must be a whole number of at least 1, got ${count}`);
  }
  const layers = movingNorms(model);
  if (layers.length === 0) return;
  const momenta = layers.map(({ momentum }) => momentum);
  let seen = 0;
  try {
    for await (const batch of batches) {
      seen++;
      for (const layer of layers) layer.momentum = 1 / seen; // weight of the newest of `seen` equals: a running mean
      await runForEffect(() => forward(batch, { training: true }));
      if (seen === count) return;
    }
  } finally {
    for (const [i, layer] of layers.entries()) layer.momentum = momenta[i];
  }
  throw new OnebitError('ERR_DATA', `recalibrate: the data ended after ${seen} of ${count} batches`);
}

function movingNorms(model: AnyModule): BatchNorm[] {
  return [...model.namedModules()].flatMap(([, module]) => {
    const node: unknown = module;
    return node instanceof BatchNorm && !node.frozen ? [node] : [];
  });
}
