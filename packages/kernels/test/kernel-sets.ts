import { afterAll, beforeAll, describe, test } from 'vitest';
import { type KernelSet, kernelSets, loadNative, type NativeKernels, nativeReport } from '../src/native/load.js';

/** Kernel sets that ONEBIT_REQUIRE names (or all of this machine's, by `native`) must be there: a skipped suite cannot look green. */
const required = (process.env.ONEBIT_REQUIRE ?? '').split(',').map((name) => name.trim());

/** Runs the same tests with every kernel set this machine supports; `threads` threads, so that blocks are really handed out. */
export function eachKernelSet(name: string, suite: (native: () => NativeKernels) => void, threads = 2): void {
  const report = nativeReport();
  if (!report.available) {
    test(`${name}: native kernels are there, or nobody requires them`, ({ skip }) => {
      if (required.includes('native')) throw new Error(`ONEBIT_REQUIRE names native: ${report.tried.join('; ')}`);
      skip(`the native add-on is not built: ${report.tried.join('; ')}`);
    });
    return;
  }
  const native = loadNative();
  const supported = native.supportedKernelSets();
  describe.each(supported)(`${name} (%s)`, (set: KernelSet) => {
    const before = { set: native.kernelSet, threads: native.threads };
    beforeAll(() => {
      native.setKernelSet(set);
      native.setThreads(threads);
    });
    afterAll(() => {
      native.setKernelSet(before.set);
      native.setThreads(before.threads);
    });
    suite(() => native);
  });
  for (const set of kernelSets.filter((known) => required.includes(known) && !supported.includes(known))) {
    test(`${name}: ${set} is required`, () => {
      throw new Error(`ONEBIT_REQUIRE names ${set}, this machine supports ${supported.join(', ')}`);
    });
  }
}
