// `npm run train:equivalence`: set up, then train the same detectors in every precision of gradients and on every back end, and write the comparison.
// `npm run train:equivalence -- --help` tells the options.
import { setup } from './setup.mjs';

setup();
const { main } = await import('../tools/dist/equivalence/main.js');
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
