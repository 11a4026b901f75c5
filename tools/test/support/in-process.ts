import { vi } from 'vitest';
import { exitCode, main } from '../../src/main.js';
import type { Ended } from './cli.js';

/** Runs `onebit` in this process: the same as `onebit()` of cli.ts without the second that a new process takes, for what does not hang on being one. */
export async function runMain(args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await main(args);
    return { ...written, code: Number(process.exitCode ?? exitCode.ok), signal: null };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
