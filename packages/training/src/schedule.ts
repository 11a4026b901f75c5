import { OnebitError, unknownName } from '@onebit/common';

/** Linear rise at the start of a run. Without `from` the first step has `rate / steps` and step `steps - 1` the full rate. */
export interface Warmup {
  /** Number of steps, at least 1. */
  readonly steps: number;
  /** Factor of the very first step, in [0, 1]; the factor then grows by `(1 - from) / steps` a step. */
  readonly from?: number;
}

interface Rising {
  /** The learning rate after warm-up, before decay. */
  readonly rate: number;
  readonly warmup?: Warmup;
}

/**
 * A learning rate (or any other scheduled number) as a function of the step, as data. Steps count from 0; decays run from the end of
 * the warm-up to the end of the run and would reach `end` (default 0) only after the last step, so that no step is wasted at rate 0.
 */
export type Schedule = Rising &
  (
    | { readonly kind: 'constant' }
    /** Times `gamma` at each milestone: steps >= milestone have the lower rate. Milestones count from the start of the run. */
    | { readonly kind: 'step'; readonly milestones: readonly number[]; readonly gamma: number }
    | { readonly kind: 'linear'; readonly end?: number }
    /** `(1 - progress)^power`; 0.9 is the habit of segmentation. */
    | { readonly kind: 'poly'; readonly power: number; readonly end?: number }
    /** Half a cosine, Loshchilov and Hutter 2017, arXiv 1608.03983, equation 5 without restarts. */
    | { readonly kind: 'cosine'; readonly end?: number }
    /** Geometric from `rate` to `end` (> 0). */
    | { readonly kind: 'exponential'; readonly end: number }
  );

const kinds: readonly Schedule['kind'][] = ['constant', 'step', 'linear', 'poly', 'cosine', 'exponential'];

/** The scheduled value at `step` (0-based) of a run of `steps`. Pure; `step === steps` gives the end value. */
export function scheduleAt(schedule: Schedule, step: number, steps: number): number {
  const warmup = schedule.warmup?.steps ?? 0;
  const rise = warmupFactor(schedule.warmup, step);
  if (schedule.kind === 'constant') return schedule.rate * rise;
  if (schedule.kind === 'step') {
    const drops = schedule.milestones.filter((milestone) => step >= milestone).length;
    return schedule.rate * schedule.gamma ** drops * rise;
  }
  if (step < warmup) return schedule.rate * rise;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const end = schedule.end ?? 0;
  if (schedule.kind === 'exponential') return schedule.rate * (end / schedule.rate) ** progress;
  return end + (schedule.rate - end) * remaining(schedule, progress);
}

/** Share of the way from `end` up to `rate` that is left at `progress` in [0, 1]. */
function remaining(schedule: Schedule & { kind: 'linear' | 'poly' | 'cosine' }, progress: number): number {
  if (schedule.kind === 'cosine') return (1 + Math.cos(Math.PI * progress)) / 2;
  return schedule.kind === 'poly' ? (1 - progress) ** schedule.power : 1 - progress;
}

function warmupFactor(warmup: Warmup | undefined, step: number): number {
  if (warmup === undefined || step >= warmup.steps) return 1;
  if (warmup.from === undefined) return (step + 1) / warmup.steps;
  return warmup.from + ((1 - warmup.from) * step) / warmup.steps;
}

/**
 * Refuses what would only show as a bad curve hours later: a rate that isn't positive, warm-up as long as the run, milestones out of order or never reached.
 * @throws OnebitError ERR_RECIPE, or ERR_UNKNOWN_NAME for the kind.
 */
export function checkSchedule(schedule: Schedule, steps: number, where = 'schedule'): void {
  const fail = (what: string) => {
    throw new OnebitError('ERR_RECIPE', `${where}: ${what}`);
  };
  if (!kinds.includes(schedule.kind)) throw unknownName(`${where}.kind`, String(schedule.kind), kinds);
  if (!(schedule.rate > 0 && Number.isFinite(schedule.rate)))
    fail(`rate must be a positive number, got ${schedule.rate}`);
  if (schedule.warmup) checkWarmup(schedule.warmup, steps, fail);
  if (schedule.kind === 'step') {
    const { milestones, gamma } = schedule;
    if (!(gamma > 0 && gamma <= 1)) fail(`gamma must be in (0, 1], got ${gamma}`);
    milestones.forEach((milestone, i) => {
      if (!Number.isInteger(milestone) || milestone <= (milestones[i - 1] ?? 0) || milestone >= steps) {
        fail(
          `milestones must rise and lie between 1 and ${steps - 1} (the run has ${steps} steps), got [${milestones}]`,
        );
      }
    });
  }
  if (schedule.kind === 'poly' && !(schedule.power > 0)) fail(`power must be positive, got ${schedule.power}`);
  if (schedule.kind === 'exponential' && !(schedule.end > 0)) fail(`end must be positive, got ${schedule.end}`);
  if ('end' in schedule && schedule.end !== undefined && !(schedule.end >= 0)) {
    fail(`end must be 0 or more, got ${schedule.end}`);
  }
}

function checkWarmup({ steps: warmup, from }: Warmup, steps: number, fail: (what: string) => void): void {
  if (!Number.isInteger(warmup) || warmup < 1 || warmup >= steps) {
    fail(`warmup.steps must be a whole number from 1 to ${steps - 1} (the run has ${steps} steps), got ${warmup}`);
  }
  if (from !== undefined && !(from >= 0 && from <= 1)) fail(`warmup.from must be in [0, 1], got ${from}`);
}
