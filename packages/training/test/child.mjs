// A run in a process of its own, for tests that kill it: `node child.mjs OUTPUT OVERRIDES_AS_JSON`. Prints a line for each step.
import { isUserError } from '@onebit/common';
import { listenForInterrupt, train } from '@onebit/training';
import { tinyRun } from './tiny.mjs';

const [, , output, overrides] = process.argv;
const interrupt = listenForInterrupt(() => console.log('interrupting'));
const onProgress = (progress) => {
  if (progress.kind === 'step') console.log(`step ${progress.step}`);
};
try {
  await train({ ...tinyRun(output, JSON.parse(overrides)), signal: interrupt.signal, onProgress });
  console.log('finished');
} catch (error) {
  if (!isUserError(error)) throw error;
  console.log(error.code);
  process.exitCode = 1;
} finally {
  interrupt.release();
}
