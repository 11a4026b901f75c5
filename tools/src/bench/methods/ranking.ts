import { halfInterval, pairedDifference, type Spread, spreadOf } from '../../jobs/spread.js';
import { floatTwin } from './plan.js';
import type { MethodRun } from './result.js';

/** Top-1 of a method over its seeds, in percent, and where that puts it. */
export interface RankedMethod extends Spread {
  readonly method: string;
  readonly seeds: readonly number[];
  /** 95 % interval of the mean (Student's t over the seeds); null for a single seed. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Mean minus that of the float twin, over the seeds that both have; null where there is none. */
  readonly toFloat: number | null;
  /** Places among the binary methods that the pairs leave open, from 1; null for the float twin. */
  readonly places: readonly [best: number, worst: number] | null;
  /** Binary methods whose difference to this one, paired by seed, has a 95 % interval that includes 0: these runs do not tell them apart. */
  readonly notToldApart: readonly string[];
}

/** All methods with at least one run, the highest mean first. */
export function rank(runs: readonly MethodRun[]): RankedMethod[] {
  const names = [...new Set(runs.map(({ method }) => method))];
  const runsOf = new Map(names.map((name) => [name, runs.filter(({ method }) => method === name)]));
  const binary = names.filter((name) => name !== floatTwin);
  const difference = (ours: string, theirs: string) => compare(runsOf.get(ours) ?? [], runsOf.get(theirs) ?? []);
  return names
    .map((method): RankedMethod => {
      const own = runsOf.get(method) ?? [];
      const spread = spreadOf(own.map(({ top1 }) => top1));
      const others = method === floatTwin ? [] : binary.filter((name) => name !== method);
      const verdicts = others.map((other) => ({ other, verdict: difference(method, other)?.verdict ?? 'open' }));
      const count = (wanted: Verdict) => verdicts.filter(({ verdict }) => verdict === wanted).length;
      const half = halfInterval(spread);
      return {
        method,
        seeds: own.map(({ seed }) => seed),
        ...spread,
        interval: Number.isNaN(half) ? null : [spread.mean - half, spread.mean + half],
        toFloat: difference(method, floatTwin)?.mean ?? null,
        places: method === floatTwin ? null : [1 + count('worse'), binary.length - count('better')],
        notToldApart: verdicts.flatMap(({ other, verdict }) => (verdict === 'open' ? [other] : [])),
      };
    })
    .sort((a, b) => b.mean - a.mean);
}

type Verdict = 'better' | 'worse' | 'open';

/** Undefined without a common seed; with one alone nothing can be told, which leaves the pair open. */
function compare(
  ours: readonly MethodRun[],
  theirs: readonly MethodRun[],
): { mean: number; verdict: Verdict } | undefined {
  const pairs = ours.flatMap(({ seed, top1 }) => {
    const other = theirs.find((run) => run.seed === seed);
    return other === undefined ? [] : [[top1, other.top1] as const];
  });
  if (pairs.length === 0) return undefined;
  if (pairs.length === 1) return { mean: pairs[0][0] - pairs[0][1], verdict: 'open' };
  const { mean, interval } = pairedDifference(
    pairs.map(([own]) => own),
    pairs.map(([, other]) => other),
  );
  return { mean, verdict: interval[0] > 0 ? 'better' : interval[1] < 0 ? 'worse' : 'open' };
}
