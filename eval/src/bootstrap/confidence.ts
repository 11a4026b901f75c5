import { normalCdf, normalQuantile } from './normal-distribution.js';

/**
 * How the ends of the interval are read from the draws:
 * - `bca`: bias-corrected and accelerated percentiles (Efron 1987; Efron & Tibshirani 1993, chapter 14; DiCiccio & Efron 1996). Second-order
 *   accurate: it corrects that draws of a metric such as AP lie off its value and that their spread depends on it.
 * - `percentile`: the percentiles of the draws themselves (Efron & Tibshirani 1993, chapter 13).
 */
export type IntervalMethod = 'bca' | 'percentile';

/** Bootstrap draws of one number: what is asked of the draws is asked here. */
export interface Replicates {
  /** The number itself. */
  readonly value: number;
  /** Its draws without undefined ones, ascending. */
  readonly sorted: Float64Array;
  /** Corrections of the levels; both 0 for plain percentiles. */
  readonly bias: number;
  readonly acceleration: number;
}

/**
 * Collects the draws of one number.
 * @param jackknife the number with each (group of) image left out, for the acceleration
 */
export function replicates(
  value: number,
  draws: Float64Array,
  jackknife: Float64Array,
  method: IntervalMethod,
): Replicates {
  const sorted = draws.filter((draw) => !Number.isNaN(draw)).sort();
  if (method === 'percentile') return { value, sorted, bias: 0, acceleration: 0 };
  return { value, sorted, bias: normalQuantile(share(sorted, value)), acceleration: acceleration(jackknife) };
}

/** Standard deviation of the draws; NaN for fewer than two. */
export function standardError({ sorted }: Replicates): number {
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  const squares = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return Math.sqrt(squares / (sorted.length - 1));
}

/** Both ends of the interval that holds the truth with probability `confidence`; NaN where the number is not defined. */
export function interval(of: Replicates, confidence: number): [low: number, high: number] {
  if (Number.isNaN(of.value) || of.sorted.length === 0) return [Number.NaN, Number.NaN];
  const tail = (1 - confidence) / 2;
  return [quantile(of.sorted, corrected(of, tail)), quantile(of.sorted, corrected(of, 1 - tail))];
}

/**
 * Two-sided p-value of "the number is 0": the level at which an end of the interval reaches 0 (Efron & Tibshirani 1993, section 15.4), twice
 * the smaller side. At least 1 / (draws + 1): no number of draws shows a probability of 0.
 */
export function pValue(of: Replicates): number {
  if (Number.isNaN(of.value) || of.sorted.length === 0) return Number.NaN;
  const { sorted, bias } = of;
  // Inverse of `corrected`.
  const shift = normalQuantile(share(sorted, 0)) - bias;
  const scale = Math.max(1 + of.acceleration * shift, Number.MIN_VALUE);
  const level = normalCdf(shift / scale - bias);
  const smallest = 1 / (sorted.length + 1);
  return Math.min(1, Math.max(smallest, 2 * Math.min(level, 1 - level)));
}

/** The level of the draws that stands for `level` of the number's distribution: equation 14.10 of Efron & Tibshirani 1993. */
function corrected({ bias, acceleration: a }: Replicates, level: number): number {
  const z = bias + normalQuantile(level);
  const scale = 1 - a * z;
  if (scale <= 0) return z < 0 ? 0 : 1; // a skewness so large that the transformation turns back: take the outermost draw
  return normalCdf(bias + z / scale);
}

/** Equation 14.15 of Efron & Tibshirani 1993: skewness of the jackknife over 6 sqrt(n). The same for groups of images as for single ones. */
function acceleration(jackknife: Float64Array): number {
  const defined = jackknife.filter((x) => !Number.isNaN(x));
  const mean = defined.reduce((sum, x) => sum + x, 0) / defined.length;
  let [squares, cubes] = [0, 0];
  for (const x of defined) {
    squares += (mean - x) ** 2;
    cubes += (mean - x) ** 3;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}

/** Share of the draws below `x`, those equal to it taken half, kept off 0 and 1 by half a draw. */
function share(sorted: Float64Array, x: number): number {
  const below = firstAtLeast(sorted, x);
  let equal = 0;
  while (below + equal < sorted.length && sorted[below + equal] === x) equal++;
  return (below + equal / 2 + 0.5) / (sorted.length + 1);
}

function firstAtLeast(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The draw of rank `level * (count + 1)`, interpolated between neighbours, the outermost ones beyond. */
function quantile(sorted: Float64Array, level: number): number {
  const rank = Math.min(Math.max(level * (sorted.length + 1) - 1, 0), sorted.length - 1);
  const before = Math.floor(rank);
  const after = Math.min(before + 1, sorted.length - 1);
  return sorted[before] + (rank - before) * (sorted[after] - sorted[before]);
}
