import type { BootstrapDifference, BootstrapInterval } from '@onebit/eval';
import type { Plot } from '../report/plots.js';
import type { Intervals } from './intervals.js';
import type { Metric } from './metric.js';
import type { Score } from './score.js';

/** Ends of a confidence interval; null where the metric is not defined. */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

/** This run less the other one. */
export interface Difference extends Interval {
  /** The other run's value. */
  readonly other: number | null;
  readonly difference: number | null;
  /** Two-sided, of "the runs do not differ". */
  readonly pValue: number | null;
}

/** A number with what the bootstrap says of it. */
interface MeasureDocument {
  readonly name: string;
  readonly value: number | null;
  readonly interval?: Interval & { readonly standardError: number | null };
  readonly against?: Difference;
}

/** A class with its values by name of the column. */
interface ClassDocument {
  readonly name: string;
  readonly values: Readonly<Record<string, number | null>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly interval?: Interval;
  readonly against?: Difference;
}

/** One metric in `--json` and `results.json`: JSON without NaN, keys in this order. */
export interface ScoreDocument {
  readonly metric: string;
  readonly title: string;
  readonly convention: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly measures: readonly MeasureDocument[];
  readonly perClass: readonly ClassDocument[];
  /** The reference tool's own summary. */
  readonly text?: string;
  readonly notes: readonly string[];
  readonly plots: readonly Plot[];
}

/** Everything a score says, as data. */
export function scoreDocument(
  { name, title, convention }: Metric,
  score: Score,
  intervals?: Intervals<BootstrapInterval>,
  differences?: Intervals<BootstrapDifference>,
): ScoreDocument {
  const extra = (part: 'measures' | 'classes', i: number) => ({
    ...optional('interval', intervals?.[part][i], intervalOf),
    ...optional('against', differences?.[part][i], differenceOf),
  });
  const bootstrapNotes = new Set(
    [...(intervals?.measures ?? []), ...(differences?.measures ?? [])].flatMap(({ notes }) => notes),
  );
  return {
    metric: name,
    title,
    convention,
    settings: score.settings,
    measures: score.measures.map((measure, i) => ({
      name: measure.name,
      value: finite(measure.value),
      ...extra('measures', i),
    })),
    perClass: score.perClass.map(({ name, values, counts }, i) => ({
      name,
      values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, finite(value)])),
      counts,
      ...extra('classes', i),
    })),
    ...(score.text === undefined ? {} : { text: score.text }),
    notes: [...score.notes, ...bootstrapNotes, ...adjustmentNotes(differences)],
    plots: [...classBars(score, intervals), ...score.plots],
  };
}

function adjustmentNotes(differences: Intervals<BootstrapDifference> | undefined): string[] {
  const classes = differences?.classes.length ?? 0;
  return classes > 1 ? [`p values of the classes are adjusted for ${classes} comparisons (Holm 1979)`] : [];
}

/** The headline value of every class, best first, with its interval. */
function classBars({ perClass }: Score, intervals?: Intervals<BootstrapInterval>): Plot[] {
  if (perClass.length === 0) return [];
  const [headline] = Object.keys(perClass[0].values);
  const bars = perClass.map(({ name, values }, i) => {
    const interval = intervals?.classes[i];
    const value = finite(values[headline]);
    const isKnown = value !== null && interval !== undefined && Number.isFinite(interval.low + interval.high);
    return { name, value, ...(isKnown ? { low: interval.low, high: interval.high } : {}) };
  });
  bars.sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  const first = intervals?.measures[0];
  const whiskers = first
    ? ` Whiskers: ${first.confidence * 100} % intervals, ${first.samples} draws of the images (${first.method}).`
    : '';
  return [
    {
      kind: 'bars',
      id: 'per-class',
      title: `${headline} by class`,
      caption: `Best class first.${whiskers}`,
      yName: headline,
      yMax: 1,
      bars,
    },
  ];
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

function optional<K extends string, T, V>(key: K, value: T | undefined, map: (value: T) => V): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: map(value) } as { [P in K]: V });
}

function intervalOf({ low, high, standardError }: BootstrapInterval) {
  return { low: finite(low), high: finite(high), standardError: finite(standardError) };
}

function differenceOf({ values, difference, low, high, pValue }: BootstrapDifference): Difference {
  return {
    other: finite(values[1]),
    difference: finite(difference),
    low: finite(low),
    high: finite(high),
    pValue: finite(pValue),
  };
}
