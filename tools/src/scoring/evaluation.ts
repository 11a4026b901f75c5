import { OnebitError } from '@onebit/common';
import type { BootstrapOptions } from '@onebit/eval';
import type { Output } from '../cli/output.js';
import { type ScoreDocument, scoreDocument } from './document.js';
import type { Inputs } from './inputs.js';
import { scoreDifferences, scoreIntervals } from './intervals.js';
import type { Metric, Scoring, Settings } from './metric.js';
import type { Score } from './score.js';

/** Everything an evaluation says; what `--json` prints and `results.json` holds. */
export interface EvaluationDocument {
  readonly truth: string;
  readonly results: string;
  /** The second set of results of a comparison. */
  readonly against?: string;
  /** How intervals and differences were made. */
  readonly bootstrap?: Pick<BootstrapOptions, 'samples' | 'seed'>;
  readonly scores: readonly ScoreDocument[];
}

export interface EvaluationRequest {
  readonly metrics: readonly Metric[];
  readonly inputs: Inputs;
  /** Results to compare with, of the same truth. */
  readonly other?: Inputs;
  readonly settings: Settings;
  /** Draws of the bootstrap; without it there are no intervals. */
  readonly bootstrap?: { readonly samples: number; readonly seed: number };
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Scores every metric named. All inputs are opened and checked before the first is scored. */
export async function evaluate(request: EvaluationRequest): Promise<ScoreDocument[]> {
  const { metrics, inputs, other, settings } = request;
  const opened: { metric: Metric; scoring: Scoring; otherScoring?: Scoring }[] = [];
  for (const metric of metrics) {
    const scoring = await metric.open(inputs, settings);
    opened.push({ metric, scoring, ...(other && { otherScoring: await metric.open(other, settings) }) });
  }
  const documents: ScoreDocument[] = [];
  for (const { metric, scoring, otherScoring } of opened) {
    const score = await withProgress(request, metric.name, scoring);
    const otherScore = otherScoring && (await withProgress(request, `${metric.name} against`, otherScoring));
    documents.push(await documentOf(request, metric, score, otherScore));
  }
  return documents;
}

async function documentOf(
  request: EvaluationRequest,
  metric: Metric,
  score: Score,
  other: Score | undefined,
): Promise<ScoreDocument> {
  const { bootstrap } = request;
  if (bootstrap === undefined) return scoreDocument(metric, score);
  return withProgress(request, `${metric.name} bootstrap`, (onDone) => {
    const options = { ...bootstrap, onProgress: (done: number, total: number) => onDone(done, total, 'draws') };
    const differences = other && scoreDifferences(score, other, options);
    return scoreDocument(metric, score, scoreIntervals(score, options), differences);
  });
}

/** Shows how far a piece of work is, and stops it when the user interrupts. */
async function withProgress<T>(
  { output, signal }: EvaluationRequest,
  title: string,
  work: (onProgress: (done: number, total: number, unit: string) => void) => T | Promise<T>,
): Promise<T> {
  let progress: ReturnType<Output['progress']> | undefined;
  try {
    return await work((done, total, unit) => {
      if (signal.aborted) {
        throw new OnebitError('ERR_INTERRUPTED', `interrupted after ${done} of ${total} ${unit}; nothing was written`);
      }
      progress ??= output.progress(title, total);
      progress.update(done, unit);
    });
  } finally {
    progress?.finish();
  }
}
