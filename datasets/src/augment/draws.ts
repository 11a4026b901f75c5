import type { Random } from '@onebit/common';

/** Where augmentation gets its random numbers from: one call a draw, so that a test can replay recorded ones. */
export interface Draws {
  /** Uniform in 0 … n - 1. */
  integer(n: number): number;
  /** Uniform between `low` and `high`, in whichever order they come. */
  uniform(low: number, high: number): number;
}

/** Draws from a seeded generator. */
export function randomDraws(random: Random): Draws {
  return { integer: (n) => random.int(n), uniform: (low, high) => random.uniform(low, high) };
}
