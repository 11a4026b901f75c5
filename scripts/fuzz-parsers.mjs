// `npm run fuzz:parsers -- [CASES] [SEED]`: more mutated inputs for the parsers of annotations, results and masks than `npm test` draws; 200,000 unless told.
import { runVitest } from './vitest.mjs';

const [cases = '200000', seed = '1'] = process.argv.slice(2);
for (const value of [cases, seed]) {
  if (/^\d+$/.test(value)) continue;
  console.error(`fuzz:parsers: CASES and SEED must be whole numbers, got ${JSON.stringify(value)}`);
  process.exit(1);
}
const env = { ...process.env, ONEBIT_FUZZ_CASES: cases, ONEBIT_FUZZ_SEED: seed };
const { passed, failed } = runVitest(['datasets/test/fuzz-parsers.test.ts'], env);
console.log(`fuzz:parsers: ${cases} inputs from seed ${seed}: ${passed} parsers held, ${failed} did not`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
