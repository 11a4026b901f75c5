import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { onebit } from './support/cli.js';
import { runMain } from './support/in-process.js';
import { hasNative, numbersOf, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const native = hasNative();
const folder = await scratchFolder();
const settings = tinySettings({
  'train.steps': 50,
  'train.checkpointEvery': 10,
  'train.evaluateEvery': 25,
  'model.bottleneck.startStep': 15,
  'model.bottleneck.sampleScale': 0.1, // boxes are sampled: the state of the random numbers matters
});

let set: string;
let whole: Awaited<ReturnType<typeof numbersOf>>;
beforeAll(async () => {
  if (!native) return;
  set = await shapesSet(folder, 24, 6);
  expect(await train('whole')).toMatchObject({ code: 0 });
  whole = await numbersOf(join(folder, 'whole'));
}, 120_000);

function argumentsOf(name: string, more: readonly string[] = []): string[] {
  const backend = ['--backend', 'native', '--threads', '2'];
  return ['train', 'demo-binary', '-d', set, '-o', join(folder, name), ...backend, ...settings, ...more];
}

/** `onebit train` of the same recipe into a folder; once it has written the checkpoint of a step, `act` may disturb it. */
function train(name: string, more: readonly string[] = [], disturb?: { step: number; act(child: ChildProcess): void }) {
  const run = join(folder, name);
  const checkpoint = `checkpoints/step-${String(disturb?.step).padStart(6, '0')}.safetensors`;
  let timer: NodeJS.Timeout | undefined;
  const onLine = (_: string, child: ChildProcess) => {
    if (!disturb) return;
    timer ??= setInterval(() => {
      if (!existsSync(join(run, checkpoint))) return;
      clearInterval(timer);
      disturb.act(child);
    }, 5);
  };
  return onebit(argumentsOf(name, more), { onLine }).finally(() => clearInterval(timer));
}

describe.skipIf(!native)('a run of 50 steps', () => {
  test('has the numbers of all its steps in metrics and checkpoint', () => {
    expect(whole.metrics.map(({ step }) => step)).toEqual([20, 25, 40, 50]);
    expect(whole.state).toMatchObject({ step: 50, window: { steps: 10 } }); // steps 41 to 50, not yet a line
    expect(Object.keys(whole.tensors).length).toBeGreaterThan(100);
    for (const line of whole.metrics) expect(JSON.stringify(line)).not.toMatch(/null|NaN/);
  });

  test('is the same to the bit when it runs again, whatever the threads that decode', async () => {
    expect(await train('again', ['--workers', '0'])).toMatchObject({ code: 0 });
    expect(await numbersOf(join(folder, 'again'))).toEqual(whole);
  });

  test('is the same to the bit when it was killed in the middle and resumed', async () => {
    const act = (child: ChildProcess) => child.kill('SIGKILL');
    expect(await train('killed', [], { step: 20, act })).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(existsSync(join(folder, 'killed/summary.json'))).toBe(false);
    // At 10 when it was killed after the file of step 20 was there and before `latest` named it.
    const { code, stderr } = await train('killed', ['--resume']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/resumed at step [1-4]0 of 50/)]);
    expect(await numbersOf(join(folder, 'killed'))).toEqual(whole);
  });

  test('ends at Ctrl-C with a checkpoint and the way on, which leads to the same numbers', async () => {
    const act = (child: ChildProcess) => child.kill('SIGINT');
    const { code, stderr, stdout } = await train('stopped', ['--json'], { step: 10, act });
    const [, step] = /interrupted after step (\d+) of 50/.exec(stderr)!;
    const path = join(folder, `stopped/checkpoints/step-${step.padStart(6, '0')}.safetensors`);
    const message = `interrupted after step ${step} of 50; the checkpoint ${path} is written: run again with --resume to go on from there`;
    expect(code).toBe(1);
    expect(stderr).toMatch(/note stopping after this step \(Ctrl-C once more stops at once\)\n/);
    expect(stderr.endsWith(`onebit: ${message} [ERR_INTERRUPTED]\n`)).toBe(true);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'ERR_INTERRUPTED', message } });
    expect(existsSync(path)).toBe(true);
    expect(JSON.parse(await readFile(join(folder, 'stopped/summary.json'), 'utf8'))).toMatchObject({
      status: 'interrupted',
      step: Number(step),
    });

    const refused = await runMain(argumentsOf('stopped'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /already holds a run .*; choose another output folder, or continue that run with --resume \[ERR_OUTPUT\]\n$/,
    );
    const changed = await runMain(argumentsOf('stopped', ['--resume', '--set', 'train.schedule.rate=0.5']));
    expect(changed.code).toBe(1);
    expect(changed.stderr).toMatch(
      /holds a run of another recipe.*recipe\.train\.schedule\.rate: 0\.002 there, 0\.5 now/,
    );

    expect(await train('stopped', ['--resume'])).toMatchObject({ code: 0 });
    expect(await numbersOf(join(folder, 'stopped'))).toEqual(whole);
  });
});
