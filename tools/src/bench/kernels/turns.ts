import { median } from '../contestant.js';

/** Someone who takes turns: each call of `turn` measures once and returns the milliseconds of one unit of work. */
export interface Contestant {
  turn(): number | Promise<number>;
}

/** Long enough for the clock and for a burst of interrupts, short enough that all contestants of a round meet the same machine. */
export const turnMs = 5;

/** Repeats a call until a turn is full. The number of repetitions is found in the first two turns, which are warm-up. */
export function repeated(call: () => void | Promise<void>): Contestant {
  let calls = 1;
  return {
    async turn() {
      const started = performance.now();
      for (let i = 0; i < calls; i++) {
        const pending = call();
        if (pending !== undefined) await pending;
      }
      const ms = (performance.now() - started) / calls;
      calls = Math.max(1, Math.ceil(turnMs / Math.max(ms, 1e-4)));
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
