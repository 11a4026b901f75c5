import { bytes, type Output } from '../cli/output.js';
import type { Bound } from '../roofline/roofline.js';
import type { StepProfile } from './profile.js';

/** Prints where a step goes: kernel by kernel, then by phase, and beside it what the machine would need at least. */
export function printProfile(output: Output, title: string, profile: StepProfile): void {
  const { stepMs, kernels, phases, machine, nativeMs, otherMs, outsideMs } = profile;
  const percent = (ms: number) => `${((ms / stepMs) * 100).toFixed(1)} %`;
  const bounded = (heads: readonly string[]) => (machine === undefined ? [] : heads);
  output.heading(`${title}: ${stepMs.toFixed(1)} ms a step`);
  output.table(
    ['kernel', 'calls', 'ms', 'share', 'native', ...bounded(['Gop', 'memory', 'least ms', 'attained'])],
    kernels.map(({ name, calls, ms, native, bound }) => [
      name,
      calls,
      ms.toFixed(2),
      percent(ms),
      native ? 'yes' : 'NO',
      ...bounded(boundCells(bound, ms)),
    ]),
  );
  output.table(
    ['phase', 'ms', 'share', ...bounded(['Gop', 'memory', 'least ms', 'attained'])],
    [
      ...phases.map(({ phase, ms, bound }) => [phase, ms.toFixed(1), percent(ms), ...bounded(boundCells(bound, ms))]),
      ['JavaScript, between kernels', outsideMs.toFixed(1), percent(outsideMs), ...bounded(['', '', '', ''])],
    ],
  );
  if (machine !== undefined) {
    const { threads, operationsPerSecond, bytesPerSecond } = machine;
    const peaks = Object.entries(operationsPerSecond).map(
      ([name, speed]) => `${name} ${(speed / 1e9).toFixed(0)} Gop/s`,
    );
    output.print(`limits of ${threads} threads: ${peaks.join(', ')}, memory ${(bytesPerSecond / 1e9).toFixed(1)} GB/s`);
  }
  output.print(
    `in native kernels ${percent(nativeMs)}, in other kernels ${percent(otherMs)}, outside kernels (tape, matching, mining) ${percent(outsideMs)}`,
  );
}

/** Work, least time, and the share of it in the time taken. */
function boundCells(bound: Bound | undefined, ms: number): string[] {
  if (bound === undefined) return ['', '', '', ''];
  const { operations, bytes: moved, leastMs } = bound;
  const attained = leastMs > 0 && ms > 0 ? `${((leastMs / ms) * 100).toFixed(0)} %` : '';
  return [operations > 0 ? (operations / 1e9).toFixed(1) : '', bytes(Math.round(moved)), leastMs.toFixed(2), attained];
}
