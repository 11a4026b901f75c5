/**
 * Milliseconds that the processor spent on a step, all threads of this process together: neighbours do not lengthen them. With `--expose-gc`, what
 * the step before left behind is none of its business.
 */
export async function timed<T>(step: () => T | Promise<T>): Promise<{ ms: number; value: T }> {
  globalThis.gc?.();
  const started = process.cpuUsage();
  const value = await step();
  const { user, system } = process.cpuUsage(started);
  return { ms: (user + system) / 1000, value };
}
