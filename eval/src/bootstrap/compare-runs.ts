import { OnebitError } from '@onebit/common';
import { type BootstrapDifference, type BootstrapOptions, bootstrapDifferences } from './bootstrap.js';
import type { ImageMetrics } from './image-metric.js';

export interface CompareOptions extends BootstrapOptions {
  /**
   * How many of the first metrics are questions asked in advance, each judged by its own p-value; default 1, the headline number. The others,
   * such as the AP of every class, are corrected for their number together.
   */
  readonly planned?: number;
}

/** One row of the table of two runs. */
export interface RunComparison extends BootstrapDifference {
  /** The p-value that counts: corrected by Holm's method among the metrics that were not planned; NaN where the difference is. */
  readonly adjustedPValue: number;
  /** What the adjusted p-value shows at the chosen confidence, of the first run. */
  readonly verdict: 'higher' | 'lower' | 'no difference shown';
}

/**
 * Two runs over the same images, metric by metric, as a table: values, difference with its interval, p-value, corrected p-value, verdict.
 * Intervals are not corrected: each holds its own difference with the confidence asked for.
 * @throws OnebitError when the runs have different metrics or images.
 */
export function compareRuns(a: ImageMetrics, b: ImageMetrics, options: CompareOptions): RunComparison[] {
  const { planned = 1, confidence = 0.95 } = options;
  if (!Number.isInteger(planned) || planned < 0) {
    throw new OnebitError('ERR_USAGE', `compareRuns: planned must be a whole number from 0 on, got ${planned}`);
  }
  const rows = bootstrapDifferences(a, b, options);
  const adjusted = holmAdjusted(rows.slice(planned).map(({ pValue }) => pValue));
  return rows.map((row, i) => {
    const adjustedPValue = i < planned ? row.pValue : adjusted[i - planned];
    const shown = adjustedPValue < 1 - confidence;
    return {
      ...row,
      adjustedPValue,
      verdict: shown ? (row.difference > 0 ? 'higher' : 'lower') : 'no difference shown',
    };
  });
}

/**
 * P-values corrected for their number (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics
 * 6(2)): where nothing differs, the chance that any of them falls below a level is at most that level, however they depend on each other. NaN
 * stays and is not counted.
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].filter((i) => !Number.isNaN(pValues[i])).sort((i, j) => pValues[i] - pValues[j]);
  const adjusted = pValues.map(() => Number.NaN);
  let floor = 0;
  for (const [rank, i] of order.entries()) {
    floor = Math.min(1, Math.max(floor, (order.length - rank) * pValues[i]));
    adjusted[i] = floor;
  }
  return adjusted;
}
