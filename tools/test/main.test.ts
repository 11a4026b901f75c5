import { OnebitError } from '@onebit/common';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cost } from '../src/commands/cost.js';
import { commands, exitCode } from '../src/main.js';
import { runMain } from './support/in-process.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('main', () => {
  test('without a command, and asked for help, names every command', async () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { stdout, stderr, code } = await runMain(args);
      for (const { name, summary } of commands) expect(stdout).toContain(`  ${name.padEnd(10)} ${summary}\n`);
      expect([stderr, code]).toEqual(['', 0]);
    }
  });

  test.each(commands.map(({ name }) => name))('%s --help shows its usage and examples', async (name) => {
    const { stdout, stderr, code } = await runMain([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: onebit ${name}`);
    expect(stdout).toMatch(/\nExamples:\n {2}onebit /);
    expect(stdout).toContain('--json');
  });

  test('a fault of ours ends with code 2 and the stack that a report of it needs', async () => {
    vi.spyOn(cost, 'run').mockRejectedValue(new TypeError('x is not a function'));
    const { stdout, stderr, code } = await runMain(['cost', 'demo-binary', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'BUG', message: 'x is not a function' } });
    expect(stderr).toMatch(/^onebit: this is a fault of onebit, not yours:\nTypeError: x is not a function\n +at /);
  });

  test('what the user can mend ends with code 1 and one line, with the fix as it is typed', async () => {
    vi.spyOn(cost, 'run').mockRejectedValue(
      new OnebitError('ERR_OUTPUT', "x: disk full; run again with resume: 'auto'"),
    );
    const { stdout, stderr, code } = await runMain(['cost', 'demo-binary', '--json']);
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
    await runMain(['cost', 'demo-binary']);
    expect([during - before, process.listenerCount('SIGINT') - before]).toEqual([1, 0]);
  });
});

describe('what a person can mistype', () => {
  const cases: readonly (readonly [args: string, code: string, message: RegExp])[] = [
    ['tarin demo-binary', 'ERR_USAGE', /^onebit: there is no command "tarin", did you mean train\?/],
    ['train demo-binary --bakend native', 'ERR_USAGE', /unknown option --bakend, did you mean --backend\?/],
    ['train', 'ERR_USAGE', /expected RECIPE, got none; see `onebit train --help`/],
    ['train demo-binry', 'ERR_UNKNOWN_NAME', /Did you mean "demo-binary"\?/],
    [
      'train demo-binary --backend nativ',
      'ERR_USAGE',
      /--backend must be one of auto, tensorflow, native, webgpu, wasm, cpu/,
    ],
    ['train demo-binary --set train.stps=3', 'ERR_UNKNOWN_NAME', /--set train\.stps: .*Did you mean "steps"\?/],
    ['doctor --threads 0', 'ERR_USAGE', /--threads must be a whole number of at least 1, got 0/],
    ['doctor --threads two', 'ERR_USAGE', /--threads must be a number, got "two"/],
    ['doctor --backend cpu --profile-step --steps 0', 'ERR_USAGE', /--steps must be a whole number/],
    ['doctor --backend cpu --profile-step -r bireal-resnet18 --set seed=2', 'ERR_USAGE', /--set changes recipes/],
    ['bench train --rounds 0', 'ERR_USAGE', /--rounds must be a whole number of at least 1, got 0/],
    ['bench train --filter nothing', 'ERR_USAGE', /no case contains "nothing"; known: Bi-Real/],
    ['bench trian', 'ERR_UNKNOWN_NAME', /known: .*train.*Did you mean "train"\?/],
    ['cost demo-binry', 'ERR_UNKNOWN_NAME', /neither the folder of a run nor a recipe.*Did you mean "demo-binary"\?/],
    ['bench methods --only bnm', 'ERR_UNKNOWN_NAME', /--only.*Did you mean "bnn"/],
    ['bench methods --seeds 0', 'ERR_USAGE', /--seeds must be a whole number from 1 to 10, got 0/],
    ['cost demo-binary --classes 0', 'ERR_USAGE', /--classes must be a whole number of at least 1, got 0/],
    ['dataset chek voc:x', 'ERR_UNKNOWN_NAME', /Did you mean "check"\?/],
    ['dataset check', 'ERR_USAGE', /KIND:DIR must be given/],
    ['dataset check vco:x', 'ERR_UNKNOWN_NAME', /kind: unknown name "vco"; known: voc, coco, generated/],
    ['dataset make', 'ERR_USAGE', /--out DIR must be given/],
    ['dataset make -o x --part train', 'ERR_USAGE', /--part train: expected NAME=COUNT/],
    ['dataset make -o x --seed 1.5', 'ERR_USAGE', /seed must be a whole number, got 1\.5/],
    ['eval nowhere --backend cpu', 'ERR_OUTPUT', /nowhere\/config\.json: .*is this a run folder\?/],
    ['predict nowhere nothing.jpg', 'ERR_DATA', /nothing\.jpg: there is no such picture/],
  ];

  test.each(cases)('onebit %s', async (line, code, message) => {
    const { stdout, stderr, code: exit } = await runMain([...line.split(' '), '--json']);
    expect(exit).toBe(exitCode.userError);
    const { error } = JSON.parse(stdout);
    expect(error).toEqual({ code, message: expect.any(String) });
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`${error.message} [${code}]`);
    expect(stderr).not.toMatch(/\n +at /);
  });
});
