import { loadNative } from '@onebit/kernels';
import { median } from '../contestant.js';

/** Someone who takes turns: each call of `turn` measures once and returns the milliseconds of one unit of work. */
export interface Contestant {
  turn(): number | Promise<number>;
}

/** Length of a turn: short enough that all contestants of a round meet the same machine. */
export const turnMs = 5;

/** Turns are cut into stretches far above the clock's resolution and far below a time slice, so that a preemption spoils one of them, not the turn. */
const stretchMs = 0.2;

/** Time that this thread has computed, which others on the machine do not lengthen. All contestants of one thread are timed by it. */
const threadClock = (): number => loadNative().threadMs();

/**
 * Repeats a call until a turn is full; the median of its stretches counts. The number of calls in a stretch settles in the first turns, which are
 * warm-up. Work that other threads do needs the wall's `clock`.
 */
export function repeated(call: () => void | Promise<void>, clock = threadClock): Contestant {
  let calls = 1;
  const stretch = async () => {
    const started = clock();
    for (let i = 0; i < calls; i++) {
      const pending = call();
      if (pending !== undefined) await pending;
    }
    return (clock() - started) / calls;
  };
  return {
    async turn() {
      const times: number[] = [];
      const end = clock() + turnMs;
      while (times.length === 0 || clock() < end) times.push(await stretch());
      const ms = median(times);
      calls = Math.max(1, Math.ceil(stretchMs / Math.max(ms, 1e-4)));
      return ms;
    },
  };
}

/** Turns that are not counted: caches, clock speed and the number of repetitions settle. */
const warmupRounds = 2;

/** Lets all take `rounds` turns, one after the other in each round; returns the median of each. */
export async function interleaveTurns(contestants: readonly Contestant[], rounds: number): Promise<number[]> {
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < warmupRounds + rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const ms = await contestant.turn();
      if (round >= warmupRounds) times[i].push(ms);
    }
  }
  return times.map(median);
}
