import { OnebitError } from '@onebit/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cost } from './commands/cost.js';
import { commands, exitCode, main } from './main.js';

/** What `main` writes, and the exit code it leaves. */
async function run(...args: string[]) {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
  }
  await main(args);
  const code = process.exitCode ?? exitCode.ok;
  return { ...written, code };
}

beforeEach(() => {
  process.exitCode = undefined;
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('main', () => {
  test('without a command, and asked for help, names every command', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { stdout, stderr, code } = await run(...args);
      for (const { name, summary } of commands) expect(stdout).toContain(`  ${name.padEnd(10)} ${summary}\n`);
      expect([stderr, code]).toEqual(['', 0]);
    }
  });

  test('a fault of ours ends with code 2 and the stack that a report of it needs', async () => {
    vi.spyOn(cost, 'run').mockRejectedValue(new TypeError('x is not a function'));
    const { stdout, stderr, code } = await run('cost', 'demo-binary', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'BUG', message: 'x is not a function' } });
    expect(stderr).toMatch(/^onebit: this is a fault of onebit, not yours:\nTypeError: x is not a function\n +at /);
  });

  test('what the user can mend ends with code 1 and one line, with the fix as it is typed', async () => {
    vi.spyOn(cost, 'run').mockRejectedValue(
      new OnebitError('ERR_OUTPUT', "x: disk full; run again with resume: 'auto'"),
    );
    const { stdout, stderr, code } = await run('cost', 'demo-binary', '--json');
    const message = 'x: disk full; run again';
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'ERR_OUTPUT', message } });
    expect([stderr, code]).toEqual([`onebit: ${message} [ERR_OUTPUT]\n`, 1]);
  });

  test('listens for Ctrl-C only while a command runs', async () => {
    const before = process.listenerCount('SIGINT');
    let during = 0;
    vi.spyOn(cost, 'run').mockImplementation(async () => {
      during = process.listenerCount('SIGINT');
    });
    await run('cost', 'demo-binary');
    expect([during - before, process.listenerCount('SIGINT') - before]).toEqual([1, 0]);
  });
});
