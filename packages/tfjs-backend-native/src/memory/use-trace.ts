/** Bytes of tensors in use, each time one was made. */
export type UseTrace = readonly number[];

/** What tensors take at the fullest moment of a step, for any batch. */
export interface StepUse {
  /** Bytes that do not depend on the batch, at that moment. */
  readonly fixed: number;
  readonly perPicture: number;
  /** `fixed + batch * perPicture`. */
  readonly total: number;
}

/** A step that was traced, and on how many pictures. */
export interface TracedStep {
  readonly batch: number;
  readonly trace: UseTrace;
}

/**
 * Use of a step on `batch` pictures, from the traces of the same step on two other batches. Every moment of a step takes a fixed part and one for each
 * picture, so each moment is a straight line over the batch. The fullest moment need not be the same for every batch (late in the backward pass the
 * gradients of the weights count, early in it the activations): it is looked for at `batch`.
 * Traces of unequal length, of a step whose tensors depend on what the pictures show, can only be compared at their fullest moments.
 */
export function useOfBatch(small: TracedStep, large: TracedStep, batch: number): StepUse {
  const comparable = small.trace.length === large.trace.length;
  const [few, many] = [small, large].map(({ trace }) => (comparable ? trace : [Math.max(...trace)]));
  let fullest: StepUse = { fixed: 0, perPicture: 0, total: 0 };
  for (const [i, bytes] of few.entries()) {
    const perPicture = (many[i] - bytes) / (large.batch - small.batch);
    const fixed = bytes - small.batch * perPicture;
    const total = fixed + batch * perPicture;
    if (total > fullest.total) fullest = { fixed, perPicture, total };
  }
  return fullest;
}
