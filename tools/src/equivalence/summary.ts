/** Mean and spread of a few numbers. */
export interface Spread {
  readonly values: readonly number[];
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for one number. */
  readonly deviation: number;
}

/** How much a mode differs from the other, seed by seed. */
export interface PairedDifference extends Spread {
  /** 95 % interval of the mean difference (Student's t with n - 1 degrees of freedom). */
  readonly interval: readonly [low: number, high: number];
  /** Half of the interval's width: what this many seeds cannot see. */
  readonly resolution: number;
}

/** Quantiles 0.975 of Student's t for 1 to 9 degrees of freedom (any statistics table). */
const t975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

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
  const resolution = (t975[n - 2] * spread.deviation) / Math.sqrt(n);
  return { ...spread, interval: [spread.mean - resolution, spread.mean + resolution], resolution };
}

/** A loss curve: `[step, loss]`. */
export type Curve = readonly (readonly [step: number, loss: number])[];

/** The first step at which two curves differ by more than `limit` relative to the reference; undefined if they never do where both have steps. */
export function firstDifference(curve: Curve, reference: Curve, limit: number): number | undefined {
  const expected = new Map(reference);
  return curve.find(([step, loss]) => {
    const value = expected.get(step);
    return value !== undefined && Math.abs(loss - value) > limit * Math.abs(value);
  })?.[0];
}

/** `[step, |difference| / reference]`; steps of equal loss are left out, since they have no place on a logarithmic axis. */
export function relativeDifferences(curve: Curve, reference: Curve): Curve {
  const expected = new Map(reference);
  return curve.flatMap(([step, loss]) => {
    const value = expected.get(step);
    const difference = value === undefined ? 0 : Math.abs(loss / value - 1);
    return difference > 0 ? [[step, difference] as const] : [];
  });
}
