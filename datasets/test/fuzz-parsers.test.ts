import { hashSeed, Random } from '@onebit/common';
import { afterAll, expect, test } from 'vitest';
import { targets } from './fuzz/targets.js';
import { Watchdog } from './fuzz/watchdog.js';

// Mutated inputs for every parser: what comes out must be a valid result or the package's own error, within a second, and no prototype may gain a member.
// `npm run fuzz:parsers` draws more of them: ONEBIT_FUZZ_CASES inputs in all from ONEBIT_FUZZ_SEED; ONEBIT_FUZZ_CASE alone repeats one.

const cases = Number(process.env.ONEBIT_FUZZ_CASES ?? 10_000);
const seed = Number(process.env.ONEBIT_FUZZ_SEED ?? 1);
const only = process.env.ONEBIT_FUZZ_CASE;
/** No input may take longer. */
const limitMs = 1000;

const watchdog = new Watchdog();
afterAll(() => watchdog.stop());

test.each(targets)(
  '$name: every mutated input gives a result or a typed error',
  { timeout: 600_000 },
  async (target) => {
    const share = Math.ceil(cases / targets.length);
    const chosen = only === undefined ? Array.from({ length: share }, (_, i) => i) : [Number(only)];
    const outcomes = { results: 0, errors: 0 };
    for (const i of chosen) {
      const label = `${target.name}, ONEBIT_FUZZ_SEED=${seed} ONEBIT_FUZZ_CASE=${i}`;
      const random = new Random(hashSeed(seed, target.name, i));
      const input = target.mutate(random);
      watchdog.watch(label);
      const started = performance.now();
      try {
        await target.parse(input, random);
        outcomes.results++;
      } catch (error) {
        if (!(error instanceof target.error)) throw new Error(`${label}: ${excerpt(input)}`, { cause: error });
        outcomes.errors++;
      }
      const ms = performance.now() - started;
      if (ms > limitMs) throw new Error(`${label} took ${ms} ms: ${excerpt(input)}`);
      if (polluted()) throw new Error(`${label} changed a prototype: ${excerpt(input)}`);
    }
    watchdog.rest();
    // Inputs that all fail, or all pass, would say little.
    if (only === undefined) expect(Math.min(outcomes.results, outcomes.errors)).toBeGreaterThan(share / 50);
  },
);

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const members = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

function polluted(): boolean {
  return prototypes.some((prototype, i) => Reflect.ownKeys(prototype).length !== members[i]);
}

function excerpt(input: Uint8Array): string {
  return JSON.stringify(Buffer.from(input).toString('latin1').slice(0, 3000));
}
