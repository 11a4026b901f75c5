import { join } from 'node:path';
import { hashSeed, OnebitError, Random } from '@onebit/common';
import { loadState, stateOf, structureFingerprint } from '@onebit/nn';
import { WeightAverage } from './average.js';
import { type Checkpoint, checkFingerprint, type Evaluation, type RunState } from './checkpoint.js';
import { CheckpointFolder } from './checkpoint-folder.js';
import type { StepNumbers } from './gradients.js';
import { plainJson } from './json.js';
import type { Statistics } from './metrics.js';
import { MetricsLog } from './metrics-log.js';
import { Optimizer } from './optimizer.js';
import { writeJson } from './run-folder.js';
import { SpeedMeter } from './speed-meter.js';
import { cadenceOf, type TrainingBatch, type TrainOptions, type TrainResult } from './train-options.js';

/** How a run ended, or that it has not. */
type Status = 'finished' | 'interrupted' | 'diverged';

/** The book-keeping of a run: what it owns, what it remembers, what it writes. The decisions are in `train.ts`. */
export class Run<B extends TrainingBatch> {
  readonly cadence;
  readonly optimizer: Optimizer;
  readonly average: WeightAverage | undefined;
  readonly random: Random;
  /** Batches that make one update. */
  readonly accumulate: number;
  readonly speed = new SpeedMeter();
  readonly checkpoints: CheckpointFolder;
  state: RunState;
  statistics: Statistics | undefined;
  /** Path of the last checkpoint written or restored. */
  checkpoint: string | undefined;
  private log: MetricsLog | undefined;
  private readonly started = performance.now();
  private secondsBefore = 0;
  private savedStep: number | undefined;

  constructor(
    readonly options: TrainOptions<B>,
    private readonly recipeHash: string,
  ) {
    this.accumulate = options.accumulate ?? 1;
    this.cadence = cadenceOf(options);
    this.optimizer = new Optimizer(options.model.namedParameters(), options.optimizer);
    this.average = options.ema && new WeightAverage(options.model, options.ema);
    this.random = new Random(hashSeed(options.seed, 'train'));
    this.checkpoints = new CheckpointFolder(join(options.output, 'checkpoints'), {
      keep: options.keepCheckpoints ?? 2,
    });
    this.state = { step: 0, random: this.random.state, window: { steps: 0, sums: {} }, images: 0, seconds: 0 };
  }

  readonly notice = (message: string): void => this.options.onProgress?.({ kind: 'notice', message });

  /** Step 0 of a run: the caller may set the weights, and averages start from them. */
  async begin(): Promise<void> {
    const { initialize, model } = this.options;
    if (initialize === undefined) return;
    await initialize(model);
    this.average?.load(await stateOf(model));
  }

  /** Takes up the newest good checkpoint, or begins where there is none. */
  async restore(): Promise<void> {
    const restored = await this.checkpoints.restore(this.notice);
    if (restored === undefined) {
      this.notice(`${this.options.output}: the run there has no checkpoint yet; starting at step 0`);
      return this.begin();
    }
    const { checkpoint, path } = restored;
    checkFingerprint(path, checkpoint, this.options.model);
    if (checkpoint.recipeHash !== this.recipeHash) {
      throw new OnebitError(
        'ERR_CHECKPOINT',
        `${path}: is of another recipe (hash ${checkpoint.recipeHash}) than the config.json beside it (${this.recipeHash}); remove it`,
      );
    }
    loadState(this.options.model, checkpoint.model);
    this.optimizer.load(checkpoint.optimizer);
    if (checkpoint.ema) this.average?.load(checkpoint.ema);
    this.state = checkpoint.state;
    this.random.state = checkpoint.state.random;
    this.secondsBefore = checkpoint.state.seconds;
    this.checkpoint = path;
    this.savedStep = checkpoint.state.step;
    this.notice(`${this.options.output}: resumed at step ${this.state.step} of ${this.options.steps}`);
  }

  async snapshot(): Promise<Checkpoint> {
    const { model } = this.options;
    this.state.seconds = this.seconds;
    return {
      state: this.state,
      model: await stateOf(model),
      ema: await this.average?.state(),
      optimizer: await this.optimizer.state(),
      fingerprint: structureFingerprint(model),
      recipeHash: this.recipeHash,
    };
  }

  /** Writes a checkpoint of the present step, unless that was done. */
  async save(): Promise<void> {
    if (this.savedStep === this.state.step) return;
    await this.log?.sync();
    this.checkpoint = await this.checkpoints.save(await this.snapshot());
    this.savedStep = this.state.step;
    this.options.onProgress?.({ kind: 'checkpoint', path: this.checkpoint });
  }

  /** Starts writing metrics. Not before the dry run, so that a run that fails in it leaves no trace of a run. */
  async openLog(): Promise<void> {
    this.log = await MetricsLog.open(this.options.output, this.state.step);
  }

  /** Takes an update's numbers into the present line of metrics, writes the line when it is full, and tells the caller. */
  async record(rate: number, { total, terms, norm }: StepNumbers): Promise<void> {
    const { window } = this.state;
    window.steps++;
    const add = (name: string, value: number) => {
      window.sums[name] = (window.sums[name] ?? 0) + value;
    };
    add('total', total);
    add('gradientNorm', norm);
    for (const [name, value] of Object.entries(terms)) add(`terms/${name}`, value);
    if (this.state.step % this.cadence.log === 0) await this.logWindow(rate);
    const { step } = this.state;
    const { steps } = this.options;
    const { imagesPerSecond, dataWait, secondsPerStep } = this.speed;
    const speed = { imagesPerSecond, dataWait, etaSeconds: secondsPerStep * (steps - step) };
    this.options.onProgress?.({ kind: 'step', step, steps, rate, total, terms, gradientNorm: norm, ...speed });
  }

  private async logWindow(rate: number): Promise<void> {
    const { steps, sums } = this.state.window;
    const mean = (name: string) => sums[name] / steps;
    const terms = Object.keys(sums).filter((name) => name.startsWith('terms/'));
    await this.log!.append({
      kind: 'train',
      step: this.state.step,
      time: Date.now() / 1000,
      rate,
      total: mean('total'),
      terms: Object.fromEntries(terms.map((name) => [name.slice('terms/'.length), mean(name)])),
      gradientNorm: mean('gradientNorm'),
      imagesPerSecond: this.speed.imagesPerSecond,
      dataWait: this.speed.dataWait,
      statistics: this.statistics,
    });
    this.statistics = undefined;
    this.state.window = { steps: 0, sums: {} };
  }

  /** Remembers and writes an evaluation of the present step. */
  async recordEvaluation(metrics: Evaluation['metrics']): Promise<void> {
    const { state, options } = this;
    const evaluation = { step: state.step, metrics };
    const isBest = options.best !== undefined && isBetter(metrics, state.best?.metrics, options.best);
    state.evaluation = evaluation;
    if (isBest) state.best = evaluation;
    const weights = this.average ? 'ema' : 'trained';
    await this.log!.append({ kind: 'evaluation', step: state.step, time: Date.now() / 1000, weights, metrics });
    options.onProgress?.({ kind: 'evaluation', evaluation, isBest });
  }

  /** What there is to tell at the end, however it came. */
  get outcome(): Omit<TrainResult, 'checkpoint'> {
    const { step, images, evaluation, best } = this.state;
    return { step, images, seconds: this.seconds, evaluation, best };
  }

  /** Writes `summary.json`. */
  async summarize(status: Status): Promise<void> {
    const { options, outcome, checkpoint } = this;
    await writeJson(
      join(options.output, 'summary.json'),
      plainJson({ status, steps: options.steps, ...outcome, checkpoint }),
    );
  }

  async close(): Promise<void> {
    await this.log?.close();
    this.optimizer.dispose();
    this.average?.dispose();
  }

  private get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }
}

function isBetter(
  now: Evaluation['metrics'],
  before: Evaluation['metrics'] | undefined,
  { metric, goal }: { readonly metric: string; readonly goal: 'max' | 'min' },
): boolean {
  if (!Number.isFinite(now[metric])) return false;
  if (before === undefined) return true;
  return goal === 'max' ? now[metric] > before[metric] : now[metric] < before[metric];
}
