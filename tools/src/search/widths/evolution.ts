import { OnebitError } from '@onebit/common';
import { type Candidate, evolve } from '@onebit/training';
import type { Output } from '../../cli/output.js';
import type { WidthsSettings } from './options.js';
import type { Scorer } from './score.js';
import type { WidthSpace } from './space.js';

/** Ranges of costs of which the archive keeps the best: enough parents of different cost, few enough for some rivalry among some tens of candidates. */
const ranges = 10;

/**
 * Operations that candidates may have: the budget as far as the space goes.
 * @throws OnebitError ERR_USAGE for a budget outside the space.
 */
export function costRange(space: WidthSpace, { budget }: WidthsSettings): [low: number, high: number] {
  const [least, most] = [space.narrowest, space.widest].map((chromosome) => space.costOf(chromosome).operations);
  const [low, high] = budget ?? [least, most];
  if (high >= least && low <= most) return [Math.max(low, least), Math.min(high, most)];
  const millions = (value: number) => (value / 1e6).toFixed(2);
  throw new OnebitError(
    'ERR_USAGE',
    `onebit search widths: --budget must meet networks of the space, which have ${millions(least)} to ${millions(most)} M operations, got ${low / 1e6}-${high / 1e6}`,
  );
}

/** What {@link evolveWidths} takes. */
export interface WidthEvolution {
  readonly space: WidthSpace;
  readonly settings: WidthsSettings;
  /** Operations that candidates may have. */
  readonly budget: readonly [low: number, high: number];
  readonly scorer: Scorer;
  readonly seed: number;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Candidates in the order of the search, the networks of one multiplier first: what a search has to beat.
 * @throws OnebitError ERR_INTERRUPTED between two candidates.
 */
export async function evolveWidths(options: WidthEvolution): Promise<Candidate[]> {
  const { space, settings, budget, scorer, seed, output, signal } = options;
  const { initial, rounds, offspring, mutation } = settings;
  const progress = output.progress('candidates', initial + 2 * offspring * rounds);
  let done = 0;
  let best = 0;
  try {
    return await evolve({
      ...{ initial, rounds, offspring, budget, seed },
      choices: space.choices,
      cost: (chromosome) => space.costOf(chromosome).operations,
      bucket: Math.max(1, (budget[1] - budget[0]) / ranges), // counts are whole numbers
      isLegal: (chromosome) => !settings.monotone || isAscending(space.widthsOf(chromosome)),
      founders: space.uniform,
      mutationRate: mutation,
      score: async (chromosome) => {
        if (signal.aborted) throw interrupted(done);
        const { top1, widths, operations } = await scorer.score(chromosome);
        best = Math.max(best, top1);
        const cost = `${(operations / 1e6).toFixed(2)} M operations`;
        progress.update(++done, `${widths.join('-')}: ${percent(top1)} at ${cost}, best so far ${percent(best)}`);
        return top1;
      },
    });
  } finally {
    progress.finish();
  }
}

function isAscending(widths: readonly number[]): boolean {
  return widths.every((width, stage) => stage === 0 || width >= widths[stage - 1]);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function interrupted(done: number): OnebitError {
  return new OnebitError(
    'ERR_INTERRUPTED',
    `interrupted after ${done} candidates, which are kept; run again with --resume`,
  );
}
