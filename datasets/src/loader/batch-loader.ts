import { OnebitError } from '@onebit/common';

/** Which batches a loader gives, and how many it makes before they are asked for. */
export interface BatchRange {
  readonly startStep: number;
  /** Steps in all, counted from 0. */
  readonly steps: number;
  readonly prefetch: number;
}

/** How long the consumer of batches waited for them. */
export interface WaitStatistics {
  readonly batches: number;
  /** Time during which the consumer waited for a batch, and time between its first request and its last batch. */
  readonly waitedMs: number;
  readonly elapsedMs: number;
  /** waitedMs / elapsedMs; 0 before the first batch. A loader that keeps up stays near 0. */
  readonly waitedFraction: number;
}

/** Batches in a fixed order, some made ahead of the one in use. What is in a batch is the business of the class that extends this one. */
export abstract class BatchLoader<B> implements AsyncIterable<B> {
  readonly #range: BatchRange;
  readonly #waits = { batches: 0, waitedMs: 0, elapsedMs: 0 };
  #closed = false;

  constructor(range: BatchRange) {
    this.#range = range;
  }

  /** Makes the batch of a step; undefined leaves it out. */
  protected abstract make(step: number): Promise<B | undefined>;

  /** Ends what makes batches. */
  protected abstract end(): Promise<void>;

  protected get isClosed(): boolean {
    return this.#closed;
  }

  protected get waits(): WaitStatistics {
    const { waitedMs, elapsedMs } = this.#waits;
    return { ...this.#waits, waitedFraction: elapsedMs > 0 ? waitedMs / elapsedMs : 0 };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    if (this.#closed)
      throw new OnebitError('ERR_USAGE', 'loader: must not be iterated after close(). Create another one.');
    const ahead: Promise<B | undefined>[] = [];
    const waits = this.#waits;
    const earlierMs = waits.elapsedMs;
    const begin = performance.now();
    const { startStep, steps, prefetch } = this.#range;
    let next = startStep;
    while (!this.#closed) {
      for (; ahead.length <= prefetch && next < steps; next++) {
        const batch = this.make(next);
        batch.catch(() => undefined); // a failure of a batch that is never asked for is nobody's
        ahead.push(batch);
      }
      const first = ahead.shift();
      if (!first) return;
      const asked = performance.now();
      const batch = await first.catch((error: unknown) => {
        if (!this.#closed) throw error;
        return undefined;
      });
      const now = performance.now();
      waits.waitedMs += now - asked;
      waits.elapsedMs = earlierMs + now - begin;
      if (!batch) continue;
      waits.batches++;
      yield batch;
    }
  }
}
