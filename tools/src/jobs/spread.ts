/** Mean and spread of a few numbers. */
export interface Spread {
  readonly values: readonly number[];
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for one number. */
  readonly deviation: number;
}

/** How much one series of runs differs from another, seed by seed. */
export interface PairedDifference extends Spread {
  /** 95 % interval of the mean difference (Student's t with n - 1 degrees of freedom). */
  readonly interval: readonly [low: number, high: number];
  /** Half of the interval's width: what this many seeds cannot see. */
  readonly resolution: number;
}

/** Quantiles 0.975 of Student's t for 1 to 9 degrees of freedom (any statistics table). */
const t975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Half the width of the 95 % interval of the mean of 2 to 10 values (Student's t); NaN for one value, which says nothing about its spread. */
export function halfInterval({ values, deviation }: Spread): number {
  return (t975[values.length - 2] * deviation) / Math.sqrt(values.length);
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { values, mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** `ours[i] - theirs[i]` over 2 to 10 pairs. @throws RangeError for fewer, more or unequal counts. */
export function pairedDifference(ours: readonly number[], theirs: readonly number[]): PairedDifference {
  const n = ours.length;
  if (n !== theirs.length || n < 2 || n > t975.length + 1) {
    throw new RangeError(`pairedDifference: expected 2 to ${t975.length + 1} pairs, got ${n} and ${theirs.length}`);
  }
  const spread = spreadOf(ours.map((value, i) => value - theirs[i]));
  const resolution = halfInterval(spread);
  return { ...spread, interval: [spread.mean - resolution, spread.mean + resolution], resolution };
}
