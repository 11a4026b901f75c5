import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawDetections } from '@onebit/datasets';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { recipes } from '../src/recipes/table.js';
import { type Ended, onebit } from './support/cli.js';
import { runMain } from './support/in-process.js';
import { hasNative, scratchFolder, shapesSet, tinySettings } from './support/runs.js';

const native = hasNative();
const folder = await scratchFolder();
let count = 0;
beforeAll(async () => {
  await shapesSet(folder, 6, 3);
  if (native) expect(await train(join(folder, 'shapes'), join(folder, 'trained'))).toMatchObject({ code: 0 });
});

/** A scene with a run that is done. */
async function trainedScene() {
  const own = await scene();
  await cp(join(folder, 'trained'), own.run, { recursive: true });
  return own;
}

/** A copy of the set that a test may spoil, and a run folder that is not there yet. */
async function scene() {
  const own = join(folder, String(count++));
  await cp(join(folder, 'shapes'), join(own, 'set'), { recursive: true });
  return { set: join(own, 'set'), run: join(own, 'run') };
}

function argumentsOf(set: string, run: string, more: readonly string[] = []): string[] {
  const args = ['train', 'demo-binary', '-d', `voc:${set}`, '-o', run, '--backend', 'native', '--threads', '1'];
  return [...args, '--workers', '0', ...tinySettings(), ...more];
}

function train(set: string, run: string, more?: readonly string[]): Promise<Ended> {
  return runMain(argumentsOf(set, run, more));
}

/** Exit code 1, one message that says where, what and the fix; nothing that only its authors can read. */
function expectMessage({ code, stderr }: Ended, errorCode: string, ...parts: readonly (string | RegExp)[]): void {
  const message = stderr.slice(stderr.search(/^onebit/m));
  for (const part of parts) expect(message).toMatch(part);
  expect(message.endsWith(`[${errorCode}]\n`), message).toBe(true);
  expect(stderr).not.toMatch(/\n +at |node:internal|undefined/);
  expect(code).toBe(1);
}

async function edit(path: string, change: (content: string) => string): Promise<void> {
  const before = await readFile(path, 'utf8');
  expect(change(before)).not.toBe(before);
  await writeFile(path, change(before));
}

const annotation = 'Annotations/train_000001.xml';
const picture = 'JPEGImages/train_000001.jpg';

/** What may be wrong with annotations, and what the message must say. */
const broken: Record<string, { spoil(set: string): Promise<void>; says: readonly (string | RegExp)[] }> = {
  'broken XML': {
    spoil: (set) => edit(join(set, annotation), (xml) => xml.slice(0, xml.indexOf('</bndbox>'))),
    says: [/Annotations\/train_000001\.xml:\d+/, 'broken-annotation 1', 'Mend the files'],
  },
  'a box outside its picture': {
    spoil: (set) => edit(join(set, annotation), (xml) => xml.replace(/<xmax>\d+/, '<xmax>99')),
    says: [`${annotation}: object 1: xmax 99 > width 64`, '--set data.badBoxes=clip'],
  },
  'a class with a typo': {
    spoil: (set) => edit(join(set, annotation), (xml) => xml.replace(/<name>\w+/, '<name>sqare')),
    says: [`${annotation}: object 1: name "sqare" is none of circle, square, triangle`],
  },
  'a listed picture that is not there': {
    spoil: (set) => rm(join(set, picture)),
    says: ['JPEGImages/train_000001.jpg: no such picture', 'missing-image 1'],
  },
  'a picture that is none': {
    spoil: (set) => writeFile(join(set, picture), '<html>404 not found</html>'),
    says: ['JPEGImages/train_000001.jpg', 'unreadable-image 1'],
  },
};

describe.skipIf(!native)('annotations', () => {
  test.each(Object.entries(broken))('%s: named before anything is written', async (_, { spoil, says }) => {
    const { set, run } = await scene();
    await spoil(set);
    expectMessage(await train(set, run), 'ERR_DATA', ...says);
    expect(existsSync(run)).toBe(false);
    const checked = await runMain(['dataset', 'check', `voc:${set}`]);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain('train_000001');
    expect(checked.stdout).toContain('there are errors');
  });

  test('the fix that the message offers works', async () => {
    const { set, run } = await scene();
    await broken['a box outside its picture'].spoil(set);
    expect(await train(set, run, ['--set', 'data.badBoxes=clip'])).toMatchObject({ code: 0 });
  });
});

describe.skipIf(!native)('pictures that break only when they are decoded', () => {
  /** Trains until the picture is met, mends it, trains again with the very same command. */
  async function expectRetry(set: string, run: string, file: string, mend: () => Promise<void>) {
    expectMessage(
      await train(set, run),
      'ERR_DATA',
      join(set, file),
      'must be a whole JPEG, PNG or WebP picture',
      'Fetch the file again',
    );
    await mend();
    expect(await train(set, run)).toMatchObject({ code: 0 });
  }

  test('a JPEG cut short', async () => {
    const { set, run } = await scene();
    await truncate(join(set, picture), 600);
    await expectRetry(set, run, picture, () => cp(join(folder, 'shapes', picture), join(set, picture)));
  });

  test('a PNG cut short', async () => {
    const { set, run } = await scene();
    const png = picture.replace('.jpg', '.png');
    const whole = await drawDetections(join(set, picture), [], { classes: [], scale: 1 });
    await rm(join(set, picture));
    await writeFile(join(set, png), whole.subarray(0, whole.length / 2));
    await expectRetry(set, run, png, () => writeFile(join(set, png), whole));
  });

  test('predict says which of its pictures is broken, and draws none', async () => {
    const { set, run } = await trainedScene();
    await truncate(join(set, picture), 600);
    const out = join(run, 'out');
    const pictures = ['train_000000', 'train_000001'].map((id) => join(set, `JPEGImages/${id}.jpg`));
    const ended = await runMain(['predict', run, ...pictures, '-o', out]);
    expectMessage(ended, 'ERR_DATA', pictures[1]);
    expect(existsSync(out)).toBe(false);
  });
});

describe('recipe and data set', () => {
  test('a class map with a typo names the classes there are', async () => {
    const { set, run } = await scene();
    const map = '{"circel":"round","square":"flat"}';
    const ended = await runMain([
      'train',
      'demo-binary',
      '-d',
      `voc:${set}`,
      '-o',
      run,
      '--set',
      `data.classMap=${map}`,
    ]);
    expectMessage(
      ended,
      'ERR_UNKNOWN_NAME',
      'class map: unknown name "circel"; known: circle, square, triangle. Did you mean "circle"?',
    );
    expect(existsSync(run)).toBe(false);
  });

  test('a key with a typo in a recipe file names the known ones', async () => {
    const { run, set } = await scene();
    const path = join(set, 'mine.json');
    const recipe = recipes['demo-binary'];
    const { batchSize, ...train } = recipe.train;
    await writeFile(path, JSON.stringify({ ...recipe, train: { ...train, batchsize: batchSize } }));
    const ended = await runMain(['train', path, '-d', `voc:${set}`, '-o', run]);
    expectMessage(
      ended,
      'ERR_RECIPE',
      path,
      'train.batchSize: expected number, got nothing',
      'train: unknown key "batchsize"; known: steps, batchSize,',
      'Did you mean "batchSize"?',
    );
    expect(existsSync(run)).toBe(false);
  });

  test.each([
    ['voc:nowhere', /voc:.*\/nowhere: must be a folder, found none/],
    ['coco:nowhere', /coco:.*\/nowhere: must be a folder, found none/],
    [
      'generated:nowhere',
      /generated:.*\/nowhere: must hold generator\.json, found no such folder\. Make one with `onebit dataset make`/,
    ],
    ['coco:shapes/JPEGImages', /must hold annotations\/instances_<split>\.json/],
    ['generated:.', /must hold generator\.json, found /],
  ])('the data set %s', async (spec, message) => {
    const run = join(folder, 'new-run');
    const ended = await runMain(['train', 'demo-binary', '-d', spec.replace(':', `:${folder}/`), '-o', run]);
    expectMessage(ended, 'ERR_DATA', message);
    expect(existsSync(run)).toBe(false);
  });
});

describe.skipIf(!native)('the folder of a run', () => {
  test('is a file, or lies below one', async () => {
    const { set, run } = await scene();
    await writeFile(run, 'a file');
    for (const path of [run, join(run, 'deeper')]) {
      expectMessage(await train(set, path), 'ERR_OUTPUT', `${path}: is a file`, 'choose another output folder');
    }
    expect(await readFile(run, 'utf8')).toBe('a file');
  });

  test('holds a run: that stays as it is', async () => {
    const { set, run } = await trainedScene();
    const before = await readdir(run, { recursive: true });
    expectMessage(await train(set, run), 'ERR_OUTPUT', 'already holds a run', 'continue that run with --resume');
    expect(await readdir(run, { recursive: true })).toEqual(before);
  });

  test('holds a damaged checkpoint', async () => {
    const { run } = await trainedScene();
    await truncate(join(run, 'checkpoints/step-000004.safetensors'), 1000);
    expectMessage(await runMain(['eval', run]), 'ERR_FORMAT', 'step-000004.safetensors');
  });

  test('predictions and scenes do not fit into a file either', async () => {
    const { set, run } = await trainedScene();
    const file = join(run, 'config.json');
    const predicted = await runMain(['predict', run, join(set, picture), '-o', file]);
    expectMessage(predicted, 'ERR_OUTPUT', file, 'choose another output folder');
    expectMessage(await runMain(['dataset', 'make', '--shapes', '-o', file]), 'ERR_OUTPUT', file);
    const other = await runMain(['dataset', 'make', '--shapes', '-o', run]);
    expectMessage(other, 'ERR_OUTPUT', `${run}: must not exist or be empty`);
  });
});

test('Ctrl-C while scenes are drawn leaves nothing behind', async () => {
  const { run } = await scene();
  const ended = await onebit(['dataset', 'make', '--shapes', '-o', run, '--part', 'train=5000'], {
    onLine: (line, child) => {
      if (line.startsWith('scenes ')) child.kill('SIGINT');
    },
  });
  expectMessage(ended, 'ERR_INTERRUPTED', 'nothing was kept');
  expect(await readdir(join(run, '..'))).toEqual(['set']);
});

/** A file system of that many KiB in memory, or the reason why there can be none. */
function smallDisk(path: string, size: number): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    return `no small file system to fill: ${(error as Error).message.trim()}`;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
  });
  return undefined;
}

describe.skipIf(!native)('a full disk', () => {
  test('that holds no checkpoint is found before the first step, and does not block the next try', async ({ skip }) => {
    const { set, run } = await scene();
    const disk = join(run, '../disk');
    await mkdir(disk);
    const reason = smallDisk(disk, 1024);
    if (reason) skip(reason);
    const target = join(disk, 'run');
    expectMessage(await train(set, target), 'ERR_OUTPUT', target, '(ENOSPC): the disk is full; free some space');
    execFileSync('mount', ['-o', 'remount,size=65536k', disk]);
    expect(await train(set, target)).toMatchObject({ code: 0 });
  });

  test('in the middle of a run leaves the last checkpoint, from which it goes on', async ({ skip }) => {
    const { set, run } = await scene();
    const disk = join(run, '../disk');
    await mkdir(disk);
    const reason = smallDisk(disk, 65536);
    if (reason) skip(reason);
    const target = join(disk, 'run');
    const ballast = join(disk, 'ballast');
    const settings = ['--set', 'train.steps=60', '--set', 'train.checkpointEvery=10'];
    let filled: Promise<unknown> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const ended = await onebit(argumentsOf(set, target, settings), {
      onLine: () => {
        timer ??= setInterval(() => {
          if (!existsSync(join(target, 'checkpoints/step-000010.safetensors'))) return;
          clearInterval(timer);
          filled = writeFile(ballast, Buffer.alloc(65536 * 1024)).catch((error: NodeJS.ErrnoException) => error.code);
        }, 5);
      },
    }).finally(() => clearInterval(timer));
    expect(await filled).toBe('ENOSPC');
    expectMessage(ended, 'ERR_OUTPUT', 'ENOSPC', /run again with --resume/);
    await rm(ballast);
    const resumed = await train(set, target, [...settings, '--resume']);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringMatching(/resumed at step [1-5]0 of 60/)]);
  });
});
