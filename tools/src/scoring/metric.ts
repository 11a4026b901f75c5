import type { Inputs } from './inputs.js';
import type { Score } from './score.js';

/** Options of the command that only some metrics understand. */
export type ScoringOption = 'iou' | 'max-dets' | 'area-ranges' | 'split' | 'classes' | 'lenient' | 'renumber';

/** Objects of `low <= area <= high` square pixels. */
export interface AreaRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** What the user set; undefined keeps the metric's own default. */
export interface Settings {
  /** IoU thresholds, ascending. */
  readonly iou?: readonly number[];
  /** Detections of an image and class that count, ascending. */
  readonly maxDets?: readonly number[];
  readonly areaRanges?: readonly AreaRange[];
}

/** Tells how far a long scoring is. */
export type OnProgress = (done: number, total: number, unit: string) => void;

/** Scores inputs that were opened. */
export type Scoring = (onProgress: OnProgress) => Score | Promise<Score>;

/** A metric that `--metric` can name. */
export interface Metric {
  readonly name: string;
  /** Full name, as a table in a paper would say it. */
  readonly title: string;
  /** The rules that tell it from its neighbours, in one sentence. */
  readonly convention: string;
  /** What it compares; a RUN has boxes alone. */
  readonly compares: 'boxes' | 'masks' | 'label maps' | 'segments';
  readonly uses: readonly ScoringOption[];
  /** Finds and checks the inputs, so that of several metrics none is scored before all can be. */
  open(inputs: Inputs, settings: Settings): Promise<Scoring>;
}
