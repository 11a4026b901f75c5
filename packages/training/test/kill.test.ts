import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readCheckpoint, readMetrics } from '../src/index.js';
import { numbersOf, temporaryFolder } from './helpers.js';

const child = fileURLToPath(new URL('./child.mjs', import.meta.url));
const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** Runs a tiny training in a child process; `onLine` sees what it prints. Gives the lines and how the process ended. */
async function runChild(
  output: string,
  overrides: object,
  onLine: (line: string, process: ChildProcess) => void = () => {},
) {
  if (!existsSync(built)) throw new Error('packages/training is not built: run tsc -b first');
  const process_ = spawn(process.execPath, [child, output, JSON.stringify(overrides)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface(process_.stdout!).on('line', (line) => {
    lines.push(line);
    onLine(line, process_);
  });
  const [code, signal] = await once(process_, 'close');
  return { lines, code, signal };
}

describe('a process that is killed', () => {
  test('kill -9 in the middle, twice: the resumed run has the numbers of an uninterrupted one, to the bit', async () => {
    const [whole, parts] = [await temporaryFolder(), await temporaryFolder()];
    const overrides = { steps: 50, checkpointEvery: 8, evaluateEvery: 20, ema: { decay: 0.9 } };
    expect(await runChild(whole, overrides)).toMatchObject({ code: 0 });
    for (const killAt of [13, 30]) {
      const killed = await runChild(parts, { ...overrides, resume: 'auto' }, (line, process_) => {
        if (line === `step ${killAt}`) process_.kill('SIGKILL');
      });
      expect(killed.signal).toBe('SIGKILL');
    }
    const resumed = await runChild(parts, { ...overrides, resume: 'auto' });
    expect(resumed.code).toBe(0);
    expect(Number(resumed.lines[0].split(' ')[1])).toBeGreaterThan(20); // it went on from a checkpoint, it did not start again
    const [a, b] = [numbersOf(await readMetrics(parts)), numbersOf(await readMetrics(whole))];
    expect(b.map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(a).toEqual(b);
    const [last, expected] = [await readCheckpoint(parts), await readCheckpoint(whole)];
    expect({ ...last, state: { ...last.state, seconds: 0 } }).toEqual({
      ...expected,
      state: { ...expected.state, seconds: 0 },
    });
    expect((await readdir(parts)).filter((name) => name.includes('tfevents'))).toHaveLength(1);
  });

  test('Ctrl-C: ends the step, writes a checkpoint, reports ERR_INTERRUPTED', async () => {
    const output = await temporaryFolder();
    const { lines, code } = await runChild(output, {}, (line, process_) => {
      if (line === 'step 5') process_.kill('SIGINT');
    });
    expect(code).toBe(1);
    expect(lines.slice(-2)[0]).toMatch(/^(interrupting|step \d+)$/);
    expect(lines.at(-1)).toBe('ERR_INTERRUPTED');
    const { step } = (await readCheckpoint(output)).state;
    expect(lines).toContain(`step ${step}`);
    expect(lines).not.toContain(`step ${step + 1}`);
    expect(existsSync(join(output, 'summary.json'))).toBe(true);
  });

  test('a second Ctrl-C stops at once', async () => {
    const script = `
      import { listenForInterrupt } from ${JSON.stringify(built)};
      const { signal } = listenForInterrupt();
      signal.addEventListener('abort', () => console.log('first'));
      setInterval(() => {}, 1000);
      console.log('ready');`;
    const process_ = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(process_.stdout).on('line', () => process_.kill('SIGINT')); // at 'ready', and again at 'first'
    expect((await once(process_, 'close'))[0]).toBe(130);
  });
});
