import { expect, test } from 'vitest';
import { eachKernelSet } from './kernel-sets.js';

eachKernelSet('peaks', (native) => {
  test('every kernel set has a peak of its bit and of its float loop', () => {
    for (const name of ['xor-popcount', 'fp32-fma'] as const) {
      // The slowest machine does more than one operation per nanosecond, the fastest core less than 10^14 a second.
      expect(native().measurePeak(name, 1)).toBeGreaterThan(1e8);
      expect(native().measurePeak(name, 1)).toBeLessThan(1e14);
    }
  });

  test('the time of the thread grows while it computes', () => {
    const before = native().threadMs();
    native().measurePeak('fp32-fma', 2);
    expect(native().threadMs()).toBeGreaterThan(before + 0.1);
  });

  test('unknown peaks and impossible times', () => {
    expect(native().measurePeak('no such' as never, 1)).toBe(0);
    expect(() => native().measurePeak('fp32-fma', Number.NaN)).toThrow(/milliseconds must be an integer/);
  });

  test('a pinned thread can be freed again', () => {
    const pinned = native().pinThread(true);
    expect(native().pinThread(false)).toBe(true);
    expect(pinned).toBe(process.platform === 'linux');
  });
});
