import { tf } from '@onebit/ops';

/**
 * Watches the number of tensors around repeated work. The first runs may set up caches; after them, each run must leave as many tensors as it
 * found, since a few lost in each step fill the memory hours later.
 */
export class LeakCheck {
  private runs = 0;

  constructor(
    private readonly what: string,
    private readonly warmupRuns: number,
  ) {}

  /** Does the work and compares. An error here is a bug in the work, not a fault of the user's data. */
  async around<T>(where: string, work: () => Promise<T>): Promise<T> {
    const before = tf.memory().numTensors;
    const result = await work();
    const growth = tf.memory().numTensors - before;
    if (++this.runs > this.warmupRuns && growth > 0) {
      throw new Error(
        `${where}: ${this.what} left ${growth} more tensor${growth === 1 ? '' : 's'} than it found (${before} before, ${before + growth} ` +
          'after); what it makes must be inside tf.tidy or disposed',
      );
    }
    return result;
  }
}
