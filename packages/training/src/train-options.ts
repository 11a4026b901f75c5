import { OnebitError } from '@onebit/common';
import type { AnyModule, ForwardContext } from '@onebit/nn';
import type { MaybeReading, tf } from '@onebit/ops';
import type { AverageOptions } from './average.js';
import type { Evaluation } from './checkpoint.js';
import { type JsonObject, plainJson } from './json.js';
import { type OptimizerChoice, ownSchedule, partsOf } from './optimizer-config.js';
import type { Resume } from './run-folder.js';
import { checkSchedule, type Schedule } from './schedule.js';

/** What the loop must know of a batch: the ids of its images, to count them and to name them when a step goes wrong. */
export interface TrainingBatch {
  readonly ids: readonly string[];
}

/** What a loss is told: the context for the model's forward pass, and where the run stands. */
export interface LossContext extends ForwardContext {
  readonly training: true;
  /** Updates done before this one; terms that start later compare with it. */
  readonly step: number;
  /** `step` as a share of the run's steps, in [0, 1). */
  readonly progress: number;
}

/** A loss: `total` is minimised, `terms` (its parts, by name) are recorded. */
export interface Loss {
  readonly total: tf.Scalar;
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}

export interface TrainOptions<B extends TrainingBatch> {
  readonly model: AnyModule;
  /**
   * Runs the model on a batch. Called inside a tidy scope: tensors it makes need no disposal. A loss that needs values of tensors is a generator that reads them by
   * `yield* read(tensor)`, which works on every back end.
   */
  lossOf(batch: B, context: LossContext): MaybeReading<Loss>;
  /** Batches from number `start` (from 0) on; batch k must be the same in every run, since resuming opens the source at k. */
  batches(start: number): AsyncIterable<B>;
  /**
   * Batches that make one update: their gradients are averaged, as of one batch of so many times the size, in the memory of one. Each goes through the model
   * by itself: batch normalisation uses the statistics of each and moves its running ones so many times. Default 1.
   */
  readonly accumulate?: number;
  /** The `recompute` of the context that `lossOf` gets: less memory, more time, the same numbers. Default false. */
  readonly recompute?: boolean;
  /** Number of updates of the whole run. */
  readonly steps: number;
  readonly optimizer: OptimizerChoice;
  /** The rate of every part of the optimizer that has none of its own. */
  readonly schedule: Schedule;
  readonly seed: number;
  /** Folder of the run: made if it isn't there. */
  readonly output: string;
  /** Continue a run found in `output`, or refuse to touch it (default). */
  readonly resume?: Resume;
  /** The recipe as data, for `config.json`; resuming needs an equal one. */
  readonly recipe?: JsonObject;
  /** Sets the weights that a run begins with, such as those of another run. Not called when a run is resumed. The folder may be written to. */
  initialize?(model: AnyModule): Promise<void>;
  /** Facts for `environment.json` that only the caller knows, such as the report of `selectBackend`. */
  readonly environment?: JsonObject;
  /** Gradients are scaled down to this global norm when theirs is greater; default: not at all. */
  readonly gradientClip?: number;
  /** Keep a moving average of the weights and evaluate that. */
  readonly ema?: AverageOptions;
  /**
   * Number of batches over which running statistics are re-estimated before every evaluation, or at the end of a run without any: the first ones of
   * `batches(0)`, always the same. The evaluated weights keep them (the moving average where there is one, whose statistics lag behind otherwise), so that
   * checkpoints hold the network that was measured. Default: not at all.
   */
  readonly recalibrate?: number;
  /** Measures the model; `limit` asks for a trial on so many images. Called in inference; must dispose what it makes. */
  evaluate?(model: AnyModule, options: { readonly limit?: number }): Promise<Readonly<Record<string, number>>>;
  /** Steps between evaluations; default: only after the last step. */
  readonly evaluateEvery?: number;
  /** The metric that decides which checkpoint is the best. */
  readonly best?: { readonly metric: string; readonly goal: 'max' | 'min' };
  /** Steps between checkpoints; default 500. */
  readonly checkpointEvery?: number;
  /** Number of newest checkpoints kept besides the best; default 2, so that a damaged one has a predecessor. */
  readonly keepCheckpoints?: number;
  /** Steps that one line of metrics averages over; default 20. */
  readonly logEvery?: number;
  /** Steps between statistics of latent weights, a multiple of `logEvery`; default 10 lines. */
  readonly statisticsEvery?: number;
  /** Aborting ends the step at hand, writes a checkpoint and throws ERR_INTERRUPTED. */
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** What a run tells while it goes. */
export type Progress =
  | {
      readonly kind: 'step';
      /** Updates done. */
      readonly step: number;
      readonly steps: number;
      readonly rate: number;
      readonly total: number;
      readonly terms: Readonly<Record<string, number>>;
      readonly gradientNorm: number;
      readonly imagesPerSecond: number;
      /** Share of the steps' time spent waiting for data and taking it in from worker threads, in [0, 1]. */
      readonly dataWait: number;
      readonly etaSeconds: number;
    }
  | { readonly kind: 'evaluation'; readonly evaluation: Evaluation; readonly isBest: boolean }
  | { readonly kind: 'checkpoint'; readonly path: string }
  /** Something the user should know though the run goes on. */
  | { readonly kind: 'notice'; readonly message: string };

/** How a run ended. */
export interface TrainResult {
  readonly step: number;
  readonly images: number;
  /** Seconds of training in all sessions together, evaluation and checkpoints included. */
  readonly seconds: number;
  /** The last evaluation. */
  readonly evaluation?: Evaluation;
  readonly best?: Evaluation;
  /** Path of the last checkpoint. */
  readonly checkpoint: string;
}

/** How often things happen, all in steps. */
export interface Cadence {
  readonly log: number;
  readonly statistics: number;
  readonly evaluate: number;
  readonly checkpoint: number;
}

export function cadenceOf<B extends TrainingBatch>(options: TrainOptions<B>): Cadence {
  const log = options.logEvery ?? 20;
  return {
    log,
    statistics: options.statisticsEvery ?? 10 * log,
    evaluate: options.evaluateEvery ?? options.steps,
    checkpoint: options.checkpointEvery ?? 500,
  };
}

/** The part of the options that decides the numbers: two runs with equal configs, equal machines and threads give equal results. */
export function configOf<B extends TrainingBatch>(options: TrainOptions<B>): JsonObject {
  const { recipe = {}, steps, accumulate, seed, optimizer, schedule, gradientClip, ema, recalibrate } = options;
  const training = { steps, accumulate, seed, optimizer, schedule, gradientClip, ema, recalibrate };
  return plainJson({ recipe, training }) as JsonObject;
}

/**
 * Checks every option before any work.
 * @throws OnebitError ERR_RECIPE
 */
export function checkOptions<B extends TrainingBatch>(options: TrainOptions<B>): void {
  const { steps, accumulate = 1, seed, gradientClip, ema, best, evaluate } = options;
  const fail = (what: string) => {
    throw new OnebitError('ERR_RECIPE', `train: ${what}`);
  };
  const { log, statistics, evaluate: evaluateEvery, checkpoint: checkpointEvery } = cadenceOf(options);
  const keepCheckpoints = options.keepCheckpoints ?? 1;
  const whole = {
    steps,
    accumulate,
    logEvery: log,
    statisticsEvery: statistics,
    evaluateEvery,
    checkpointEvery,
    keepCheckpoints,
    recalibrate: options.recalibrate ?? 1,
  };
  for (const [name, value] of Object.entries(whole)) {
    if (!(Number.isInteger(value) && value >= 1)) fail(`${name} must be a whole number of at least 1, got ${value}`);
  }
  if (!Number.isSafeInteger(seed)) fail(`seed must be a whole number, got ${seed}`);
  if (statistics % log !== 0) fail(`statisticsEvery must be a multiple of logEvery (${log}), got ${statistics}`);
  if (gradientClip !== undefined && !(gradientClip > 0)) fail(`gradientClip must be positive, got ${gradientClip}`);
  if (ema !== undefined && !(ema.decay > 0 && ema.decay < 1))
    fail(`ema.decay must lie between 0 and 1, got ${ema.decay}`);
  if (evaluate === undefined && (best !== undefined || options.evaluateEvery !== undefined)) {
    fail('best and evaluateEvery need evaluate, the function that measures the model');
  }
  checkSchedule(options.schedule, steps);
  for (const { where, part } of partsOf(options.optimizer)) {
    const own = ownSchedule(part);
    if (own) checkSchedule(own, steps, `${where}.${part.kind === 'bop' ? 'gamma' : 'schedule'}`);
  }
}
