import { OnebitError, unknownName } from '@onebit/common';
import { type IntervalMethod, interval, pValue, type Replicates, replicates, standardError } from './confidence.js';
import { bootstrapDraws, jackknifeDraws, jackknifeGroups } from './draws.js';
import { asMetrics, checkComparable, type ImageMetric, type ImageMetrics } from './image-metric.js';

export interface BootstrapOptions {
  /** Seed of the draws: an equal seed and number of images give equal draws. */
  readonly seed: number;
  /** Number of draws, default 1000: Efron & Tibshirani 1993 (section 14.3) ask for that many where ends of an interval are read. */
  readonly samples?: number;
  /** Probability that the interval holds the truth, in (0, 1); default 0.95. */
  readonly confidence?: number;
  /** Default `bca`. */
  readonly method?: IntervalMethod;
  /** Called after every evaluation of the metric. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What every bootstrap result says of how it was made. */
interface BootstrapReport {
  /** Name of the metric. */
  readonly name: string;
  /** Ends of the interval. NaN, like the other numbers, where the metric is not defined. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation over the draws. */
  readonly standardError: number;
  readonly confidence: number;
  readonly method: IntervalMethod;
  readonly seed: number;
  readonly images: number;
  /** Number of draws. */
  readonly samples: number;
  /** Draws in which the metric was not defined (a class that no drawn image shows); they are left out. */
  readonly undefinedSamples: number;
  /** What limits the trust in the interval, in words; empty where nothing is to be said. */
  readonly notes: readonly string[];
}

/** A metric with its interval. */
export interface BootstrapInterval extends BootstrapReport {
  /** The metric over all images, each once. */
  readonly value: number;
}

/** The difference of two runs with its interval. */
export interface BootstrapDifference extends BootstrapReport {
  /** The metric of the first and of the second run. */
  readonly values: readonly [a: number, b: number];
  /** First run less second run. */
  readonly difference: number;
  /** Two-sided, of "the runs do not differ"; consistent with the interval: below 1 - confidence where it leaves out 0. */
  readonly pValue: number;
}

/**
 * Confidence interval of a metric for the choice of the images: images are drawn with replacement and the metric is taken of every draw
 * (Efron & Tibshirani 1993, "An Introduction to the Bootstrap"). It answers "would other images of this kind give this number?", not "would
 * another training run?".
 * @throws OnebitError for options out of range and for metrics over no image.
 */
export function bootstrapInterval(metric: ImageMetric, options: BootstrapOptions): BootstrapInterval {
  return bootstrapIntervals(asMetrics(metric), options)[0];
}

/** {@link bootstrapInterval} for several metrics from one set of draws, so that all of them cost one pass. */
export function bootstrapIntervals(metrics: ImageMetrics, options: BootstrapOptions): BootstrapInterval[] {
  const { report, of } = resample(metrics.names, metrics.images, (weights) => metrics.values(weights), options);
  return of.map((draws, i) => ({ value: draws.value, ...report(i) }));
}

/**
 * Confidence interval and p-value of the difference of two runs, the first less the second. Paired: both are taken of the same draws of
 * images, so what makes an image easy or hard for both cancels out and smaller differences show than by comparing two intervals.
 * @throws OnebitError when the runs have different metrics or images.
 */
export function bootstrapDifference(a: ImageMetric, b: ImageMetric, options: BootstrapOptions): BootstrapDifference {
  return bootstrapDifferences(asMetrics(a), asMetrics(b), options)[0];
}

/** {@link bootstrapDifference} for several metrics from one set of draws. Mind that of 20 differences of nothing one is below 0.05. */
export function bootstrapDifferences(
  a: ImageMetrics,
  b: ImageMetrics,
  options: BootstrapOptions,
): BootstrapDifference[] {
  checkComparable(a, b);
  const [ofA, ofB] = [a.values(), b.values()].map((values) => Float64Array.from(values));
  const difference = (weights?: Uint32Array) => {
    const left = Float64Array.from(a.values(weights)); // a and b may share one array
    const right = b.values(weights);
    return left.map((value, i) => value - right[i]);
  };
  const { report, of } = resample(a.names, a.images, difference, options);
  return of.map((draws, i) => ({
    values: [ofA[i], ofB[i]],
    difference: draws.value,
    pValue: pValue(draws),
    ...report(i),
  }));
}

/** Takes the numbers of all draws. */
function resample(
  names: readonly string[],
  images: number,
  evaluate: (weights?: Uint32Array) => ArrayLike<number>,
  options: BootstrapOptions,
): { of: Replicates[]; report: (index: number) => BootstrapReport } {
  const { seed, samples, confidence, method, onProgress } = checkedOptions(options, images);
  const values = Float64Array.from(evaluate());
  const groups = method === 'bca' ? jackknifeGroups(images) : 0;
  let done = 0;
  const table = (draws: Iterable<Uint32Array>, rows: number): Float64Array[] => {
    const columns = names.map(() => new Float64Array(rows));
    let row = 0;
    for (const weights of draws) {
      const numbers = evaluate(weights);
      for (let i = 0; i < columns.length; i++) columns[i][row] = numbers[i];
      row++;
      onProgress?.(++done, samples + groups);
    }
    return columns;
  };
  const drawn = table(bootstrapDraws(images, samples, seed), samples);
  const leftOut = table(groups > 0 ? jackknifeDraws(images) : [], groups);
  const of = names.map((_, i) => replicates(values[i], drawn[i], leftOut[i], method));
  const report = (i: number): BootstrapReport => {
    const [low, high] = interval(of[i], confidence);
    const undefinedSamples = samples - of[i].sorted.length;
    const facts = { name: names[i], confidence, method, seed, images, samples, undefinedSamples };
    return { ...facts, low, high, standardError: standardError(of[i]), notes: notesOn(facts) };
  };
  return { of, report };
}

/** Below this the standard deviation of draws, short by sqrt((n - 1) / n), and the tails of the interval are visibly too small. */
const fewImages = 30;

function notesOn({
  images,
  samples,
  undefinedSamples,
}: Omit<BootstrapReport, 'low' | 'high' | 'standardError' | 'notes'>) {
  const notes: string[] = [];
  if (images < fewImages) notes.push(`few images (${images}): below ${fewImages} such intervals are too narrow`);
  if (samples < 1000) notes.push(`few draws (${samples}): from 1000 on the ends of the interval are steady`);
  if (undefinedSamples > 0) {
    notes.push(`not defined in ${undefinedSamples} of ${samples} draws, which were left out: too few images show it`);
  }
  return notes;
}

function checkedOptions(options: BootstrapOptions, images: number) {
  const { seed, samples = 1000, confidence = 0.95, method = 'bca', onProgress } = options;
  const refuse = (what: string) => new OnebitError('ERR_USAGE', `bootstrap: ${what}`);
  if (!Number.isInteger(seed)) throw refuse(`seed must be a whole number, got ${seed}`);
  if (!Number.isInteger(samples) || samples < 2)
    throw refuse(`samples must be a whole number from 2 on, got ${samples}`);
  if (!(confidence > 0 && confidence < 1)) throw refuse(`confidence must be between 0 and 1, got ${confidence}`);
  if (method !== 'bca' && method !== 'percentile')
    throw unknownName('bootstrap: method', method, ['bca', 'percentile']);
  if (images < 1) throw new OnebitError('ERR_DATA', 'bootstrap: the metric must be over at least one image, got none');
  return { seed, samples, confidence, method, onProgress };
}
