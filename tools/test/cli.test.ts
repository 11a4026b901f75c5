import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { helpOf } from '../src/cli/command.js';
import { commands } from '../src/main.js';
import { onebit, onebitJson } from './support/cli.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const folder = await scratchFolder();
const native = hasNative();
let set: string;
beforeAll(async () => {
  set = await shapesSet(folder, 8, 4);
});

test('the installed program shows its commands and the help of one', async () => {
  const all = await onebit([]);
  expect([all.code, all.stderr]).toEqual([0, '']);
  for (const { name, summary } of commands) expect(all.stdout).toContain(`${name.padEnd(10)} ${summary}`);
  const help = await onebit(['train', '--help']);
  expect([help.code, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toContain(helpOf(commands.find(({ name }) => name === 'train')!));
});

test('an error has exit code 1, one line with the fix on stderr, and one document under --json', async () => {
  const args = ['train', 'demo-binary', '--bakend', 'native'];
  const plain = await onebit(args);
  expect([plain.code, plain.stdout]).toEqual([1, '']);
  expect(plain.stderr).toMatch(/^onebit train: unknown option --bakend, did you mean --backend\?.* \[ERR_USAGE\]\n$/);
  const { code, stdout, stderr } = await onebit([...args, '--json']);
  expect([code, stderr]).toEqual([1, plain.stderr]);
  const { error } = JSON.parse(stdout);
  expect(error).toEqual({ code: 'ERR_USAGE', message: expect.any(String) });
  expect(stderr).toBe(`${error.message} [ERR_USAGE]\n`);
});

test('a reader that goes away, as `| head` does, is no error', async () => {
  expect(await onebit(['doctor'], { unread: true })).toEqual({
    code: 0,
    signal: null,
    stdout: '',
    stderr: expect.not.stringContaining('EPIPE'),
  });
});

describe('--json writes one document to stdout', () => {
  test('doctor', async () => {
    const { environment, backend, memory } = await onebitJson<{
      environment: object;
      backend: { name: string };
      memory: { free: number; limit: number };
    }>(['doctor']);
    expect(environment).toMatchObject({ node: process.version });
    expect(memory.free).toBeGreaterThan(0);
    expect(memory.limit).toBeGreaterThanOrEqual(memory.free);
    expect(memory).toMatchObject({ bound: expect.stringMatching(/^(machine|control group)$/), tensorBytes: 0 });
    expect(backend.name).toBe(native ? 'native' : 'wasm');
  });

  test.skipIf(!native)('doctor --profile-step: every kernel of a training step is native', async () => {
    const tiny = ['model.width=0.125', 'model.imageSize=64', 'train.batchSize=2'].flatMap((change) => [
      '--set',
      change,
    ]);
    for (const recipe of ['demo-binary', 'demo-float']) {
      const { profile } = await onebitJson<{ profile: { kernels: { name: string; ms: number; native: boolean }[] } }>([
        ...['doctor', '--backend', 'native', '--profile-step', '--steps', '2', '-r', recipe, ...tiny],
      ]);
      expect(profile.kernels.length).toBeGreaterThan(20);
      expect(profile.kernels.filter((kernel) => !kernel.native).map(({ name }) => name)).toEqual([]);
    }
  });

  test('cost', async () => {
    const cost = await onebitJson<{ groups: { cost: Cost }[]; total: Cost }>(['cost', 'demo-binary', '--classes', '3']);
    type Cost = { parameters: { oneBit: number; float32: number }; macs: { binary: number; float: number } };
    expect(cost).toMatchObject({ recipe: 'demo-binary', classes: 3, operations64: expect.any(Number) });
    const sum = (count: (cost: Cost) => number) => cost.groups.reduce((total, group) => total + count(group.cost), 0);
    expect(sum(({ parameters }) => parameters.oneBit)).toBe(cost.total.parameters.oneBit);
    expect(sum(({ macs }) => macs.binary)).toBe(cost.total.macs.binary);
    expect(cost.total.macs.binary).toBeGreaterThan(cost.total.macs.float);
  });

  test('dataset make, check, stats and show', async () => {
    const made = await onebitJson(['dataset', 'make', '--shapes', '-o', 'made', '--part', 'train=3'], { cwd: folder });
    expect(made).toMatchObject({ reused: false, classes: ['circle', 'square', 'triangle'] });
    expect(await onebitJson(['dataset', 'check', set])).toMatchObject({ ok: true, issues: [] });
    const stats = await onebitJson<{ split: string; images: number }[]>(['dataset', 'stats', set]);
    expect(stats.map(({ split, images }) => [split, images])).toEqual([
      ['train', 8],
      ['val', 4],
      ['all', 12],
    ]);
    const shown = await onebitJson<{ pictures: string[]; contactSheet: string }>([
      ...['dataset', 'show', set, '-o', join(folder, 'look'), '--count', '2', '--masks'],
    ]);
    expect(shown.pictures).toHaveLength(2);
    await expectPicture(shown.contactSheet);
  });

  test.skipIf(!native)('train, eval and predict', async () => {
    const run = join(folder, 'run');
    const trained = await onebitJson(['train', 'demo-binary', '-d', set, '-o', run, ...tinySettings()]);
    expect(trained).toMatchObject({ run, step: 4, images: 16, evaluation: { step: 4 } });
    expect(await onebitJson(['eval', run])).toMatchObject({
      run,
      split: 'val',
      step: 4,
      scores: [{ metric: 'voc07', measures: [{ name: 'mAP@0.5', value: expect.any(Number) }] }],
    });
    const picture = join(folder, 'shapes/JPEGImages/val_000000.jpg');
    const found = await onebitJson<{ images: { drawn: string }[] }>(['predict', run, picture, '-o', folder]);
    expect(found).toMatchObject({ run, classes: ['circle', 'square', 'triangle'], images: [{ image: picture }] });
    await expectPicture(found.images[0].drawn);
  });
});

async function expectPicture(path: string): Promise<void> {
  expect((await readFile(path)).subarray(0, 4)).toEqual(Buffer.of(0x89, 0x50, 0x4e, 0x47));
}
