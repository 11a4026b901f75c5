import { hashSeed, Random } from '@onebit/common';

/** Where a step stands. */
export interface StepPlan {
  readonly epoch: number;
  /** Positions of the batch's samples. */
  readonly indices: readonly number[];
}

/** Which samples make which batch: a function of the step alone, so that a run can resume anywhere. */
export class BatchOrder {
  readonly stepsPerEpoch: number;
  #epoch = -1;
  #permutation: Uint32Array = new Uint32Array(0);

  constructor(
    readonly sampleCount: number,
    readonly batchSize: number,
    readonly options: { readonly shuffle: boolean; readonly dropLast: boolean; readonly seed: number },
  ) {
    const batches = sampleCount / batchSize;
    this.stepsPerEpoch = options.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  at(step: number): StepPlan {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const start = (step % this.stepsPerEpoch) * this.batchSize;
    return { epoch, indices: [...this.#order(epoch).subarray(start, start + this.batchSize)] };
  }

  #order(epoch: number): Uint32Array {
    if (this.#epoch !== epoch) {
      this.#permutation = Uint32Array.from({ length: this.sampleCount }, (_, i) => i);
      const { shuffle, seed } = this.options;
      if (shuffle) new Random(hashSeed(seed, 'shuffle', epoch)).shuffle(this.#permutation);
      this.#epoch = epoch;
    }
    return this.#permutation;
  }
}
