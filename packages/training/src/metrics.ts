/** Means over the steps since the line before, written every `logEvery` steps. */
export interface TrainLine {
  readonly kind: 'train';
  /** Number of updates done. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Learning rate of the last update. */
  readonly rate: number;
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  /** Share of the time spent waiting for data, in [0, 1]. */
  readonly dataWait: number;
  readonly statistics?: Statistics;
}

/** Health of binary training at one step, by parameter name (latent weights only). */
export interface Statistics {
  /** Share of weights whose sign the update changed. */
  readonly flipRate: Readonly<Record<string, number>>;
  /** Share of weights whose gradient is exactly 0: cut off by an estimator, or fed by dead units. */
  readonly deadGradient: Readonly<Record<string, number>>;
}

/** Result of one evaluation. */
export interface EvaluationLine {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly time: number;
  /** Whether the trained weights or their moving average were evaluated. */
  readonly weights: 'trained' | 'ema';
  readonly metrics: Readonly<Record<string, number>>;
}

export type MetricsLine = TrainLine | EvaluationLine;

/** The numbers of a line under the tags TensorBoard shows. */
export function scalarsOf(line: MetricsLine): Record<string, number> {
  if (line.kind === 'evaluation') return prefixed('evaluation', line.metrics);
  return {
    'loss/total': line.total,
    ...prefixed('loss', line.terms),
    'train/rate': line.rate,
    'train/gradientNorm': line.gradientNorm,
    'speed/imagesPerSecond': line.imagesPerSecond,
    'speed/dataWait': line.dataWait,
    ...prefixed('flipRate', line.statistics?.flipRate ?? {}),
    ...prefixed('deadGradient', line.statistics?.deadGradient ?? {}),
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
}
