import {
  type BootstrapDifference,
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapDifferences,
  bootstrapIntervals,
  holmAdjusted,
} from '@onebit/eval';
import type { Score } from './score.js';

/** Results of the bootstrap in the order of a score's measures and classes. */
export interface Intervals<T> {
  readonly measures: readonly T[];
  readonly classes: readonly T[];
}

/** Intervals of every number of a score; undefined for metrics that cannot be taken again over drawn images. */
export function scoreIntervals(score: Score, options: BootstrapOptions): Intervals<BootstrapInterval> | undefined {
  if (score.perImage === undefined) return undefined;
  return inParts(score, bootstrapIntervals(score.perImage, options));
}

/**
 * Differences of a score less another one of the same metric, over the same draws. The p values of the classes are Holm's, adjusted for all classes: of twenty
 * classes that do not differ, one has p < 0.05.
 */
export function scoreDifferences(
  score: Score,
  other: Score,
  options: BootstrapOptions,
): Intervals<BootstrapDifference> | undefined {
  if (score.perImage === undefined || other.perImage === undefined) return undefined;
  const { measures, classes } = inParts(score, bootstrapDifferences(score.perImage, other.perImage, options));
  const adjusted = holmAdjusted(classes.map(({ pValue }) => pValue));
  return { measures, classes: classes.map((difference, i) => ({ ...difference, pValue: adjusted[i] })) };
}

function inParts<T>({ measures }: Score, all: readonly T[]): Intervals<T> {
  return { measures: all.slice(0, measures.length), classes: all.slice(measures.length) };
}
