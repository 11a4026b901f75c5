import { setImmediate } from 'node:timers/promises';
import { OnebitError } from '@onebit/common';

/** A run's batches one after another, with the time spent waiting for them. */
export class BatchFeed<B> {
  readonly #source: AsyncIterator<B>;
  #number: number;
  #peeked: B | undefined;
  #wait = 0;

  /** @param number that of the first batch `source` gives, for messages. */
  constructor(source: AsyncIterable<B>, number: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#number = number;
  }

  /**
   * Lets what has happened meanwhile in: Ctrl-C, and messages of data workers, which wait while kernels run. Taking those in is work for the data, so it counts as waiting.
   * @returns milliseconds it took
   */
  async receive(): Promise<number> {
    const start = performance.now();
    await setImmediate();
    const elapsed = performance.now() - start;
    this.#wait += elapsed;
    return elapsed;
  }

  /** The next batch, which stays the next one. Waiting for the first one belongs to the start of a run, not to its steps. */
  async peek(): Promise<B> {
    this.#peeked ??= await this.#next();
    return this.#peeked;
  }

  /** The next `count` batches; each is fetched only when it is asked for, so that no more than one is held. */
  async *take(count: number): AsyncGenerator<B, void> {
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      const batch = this.#peeked ?? (await this.#next());
      this.#peeked = undefined;
      this.#wait += performance.now() - start;
      yield batch;
    }
  }

  /** Milliseconds that {@link take} and {@link receive} have waited since this was last asked. */
  takeWait(): number {
    const wait = this.#wait;
    this.#wait = 0;
    return wait;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<B> {
    const { done, value } = await this.#source.next();
    if (done === true) {
      throw new OnebitError(
        'ERR_DATA',
        `batches: ended before batch ${this.#number}; the source must repeat its data for all steps of the run`,
      );
    }
    this.#number++;
    return value;
  }
}
