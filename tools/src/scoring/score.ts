import type { ImageMetrics } from '@onebit/eval';
import type { Plot } from '../report/plots.js';

/** One number of a metric. */
interface Measure {
  readonly name: string;
  /** A fraction unless the metric's convention says otherwise; NaN where the metric is not defined. */
  readonly value: number;
}

/** What a metric says about one class. */
export interface ClassRow {
  readonly name: string;
  /** Fractions by name, the class's part of the headline number first; NaN where the metric has no value. */
  readonly values: Readonly<Record<string, number>>;
  /** Objects, detections, pixels, … by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What one metric says about one set of results. */
export interface Score {
  /** What was in force: thresholds, limits, the number of images, … */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Headline first. */
  readonly measures: readonly Measure[];
  /** The summary as the reference tool prints it, where there is one. */
  readonly text?: string;
  /** Every row has the same names. */
  readonly perClass: readonly ClassRow[];
  readonly plots: readonly Plot[];
  /** What a reader must know to trust the numbers: classes left out, problems let pass. */
  readonly notes: readonly string[];
  /** The measures in their order, then the first value of every class, over drawn images: what bootstrap intervals are made of. */
  readonly perImage?: ImageMetrics;
}
