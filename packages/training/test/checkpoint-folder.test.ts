import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError, type TensorData, writeFileAtomic } from '@onebit/common';
import { describe, expect, test } from 'vitest';
import { type Checkpoint, checkFingerprint, decodeCheckpoint, encodeCheckpoint } from '../src/checkpoint.js';
import { CheckpointFolder, readCheckpoint } from '../src/checkpoint-folder.js';
import { temporaryFolder } from './helpers.js';
import { TinyModel } from './tiny.mjs';

const tensor = (...values: number[]): TensorData => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});

function checkpointAt(step: number, best?: number): Checkpoint {
  return {
    state: {
      step,
      random: [1, 2, 3, 4],
      window: { steps: 2, sums: { total: 0.1 + 0.2 } },
      images: step * 8,
      seconds: 1.5,
      best: best === undefined ? undefined : { step: best, metrics: { mAP: 0.5 } },
    },
    model: new Map([
      ['a.weight', tensor(step, -0, 3)],
      ['b/c', tensor()],
    ]),
    ema: new Map([['a.weight', tensor(7)]]),
    optimizer: { slots: new Map([['velocity', new Map([['a.weight', tensor(1, 2)]])]]), updates: { 'a.weight': step } },
    fingerprint: 'f00d',
    recipeHash: 'beef',
  };
}

const folderOf = async (keep = 2, write?: typeof writeFileAtomic) => {
  const run = await temporaryFolder();
  return {
    run,
    path: join(run, 'checkpoints'),
    folder: new CheckpointFolder(join(run, 'checkpoints'), { keep, write }),
  };
};
const stepsIn = async (path: string) =>
  (await readdir(path)).filter((name) => /^step-\d+\.safetensors$/.test(name)).sort();
const ignore = () => undefined;

describe('checkpoint files', () => {
  test('are read back as they were written', () => {
    expect(decodeCheckpoint(encodeCheckpoint(checkpointAt(3, 3)), 'x')).toEqual(checkpointAt(3, 3));
    const bare = { ...checkpointAt(3), ema: undefined, optimizer: { slots: new Map(), updates: {} } };
    expect(decodeCheckpoint(encodeCheckpoint(bare), 'x')).toEqual(bare);
  });

  test('any flipped bit and any missing end is noticed', () => {
    const bytes = encodeCheckpoint(checkpointAt(3));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      expect(() => decodeCheckpoint(damaged, 'file'), `byte ${at}`).toThrow(OnebitError);
      expect(() => decodeCheckpoint(bytes.slice(0, at), 'file'), `cut at ${at}`).toThrow(OnebitError);
    }
  });

  test('a safetensors file of something else is refused', async () => {
    const { encodeSafetensors } = await import('@onebit/common');
    expect(() => decodeCheckpoint(encodeSafetensors([['w', tensor(1)]]), 'w.safetensors')).toThrow(
      'w.safetensors: not a checkpoint of a run',
    );
  });

  test('a near-miss architecture is refused with the tensors that differ', () => {
    const [model, wider] = [new TinyModel(), new TinyModel({ channels: 7 })];
    const of = (m: TinyModel): Checkpoint => {
      const entries = [
        ...m.namedParameters().map(([name, { shape }]) => [name, shape] as const),
        ...m.namedBuffers().map(([name, { shape }]) => [name, shape] as const),
      ];
      return {
        ...checkpointAt(3),
        fingerprint: 'other',
        model: new Map(entries.map(([name, shape]) => [name, { ...tensor(), shape }])),
      };
    };
    expect(() => checkFingerprint('run', of(wider), model)).toThrow(
      /only in the checkpoint: stem.weight \[3,3,2,7\].*only in the model: stem.weight \[3,3,2,6\]/,
    );
    expect(() => checkFingerprint('run', of(model), model)).toThrow(
      'equal names and shapes, but layers of another kind',
    );
    model.dispose();
    wider.dispose();
  });
});

describe('CheckpointFolder', () => {
  test('keeps the newest and the best, and points at both', async () => {
    const { run, path, folder } = await folderOf(2);
    for (const [step, best] of [
      [10, 10],
      [20, 20],
      [30, 20],
      [40, 20],
      [50, 20],
    ])
      await folder.save(checkpointAt(step, best));
    expect(await stepsIn(path)).toEqual([
      'step-000020.safetensors',
      'step-000040.safetensors',
      'step-000050.safetensors',
    ]);
    expect(await readFile(join(path, 'latest'), 'utf8')).toBe('step-000050.safetensors\n');
    expect((await readCheckpoint(run)).state.step).toBe(50);
    expect((await readCheckpoint(run, 'best')).state.step).toBe(20);
    expect((await folder.restore(ignore))!.checkpoint).toEqual(checkpointAt(50, 20));
  });

  test.each<[string, (file: string) => Promise<unknown>]>([
    ['truncated', (file) => truncate(file, 100)],
    ['empty', (file) => truncate(file, 0)],
    [
      'overwritten in part',
      async (file) => {
        const bytes = await readFile(file);
        bytes[bytes.length - 3] ^= 0x10;
        await writeFile(file, bytes);
      },
    ],
  ])('falls back to the checkpoint before when the last one is %s, and says so', async (_, damage) => {
    const { path, folder } = await folderOf();
    await folder.save(checkpointAt(10));
    await folder.save(checkpointAt(20));
    await damage(join(path, 'step-000020.safetensors'));
    const notices: string[] = [];
    const restored = await folder.restore((message) => notices.push(message));
    expect(restored!.checkpoint).toEqual(checkpointAt(10));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/step-000020\.safetensors: .*falling back to the checkpoint before/);
    expect(await readdir(path)).toContain('step-000020.safetensors.damaged');
    await folder.save(checkpointAt(20));
    expect((await folder.restore(ignore))!.checkpoint.state.step).toBe(20);
  });

  test('all damaged: an error, not a silent start from nothing', async () => {
    const { path, folder } = await folderOf();
    await folder.save(checkpointAt(10));
    await truncate(join(path, 'step-000010.safetensors'), 20);
    for (const attempt of ['first', 'second']) {
      await expect(folder.restore(ignore), attempt).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    }
  });

  test('none, or a pointer to a file that is gone', async () => {
    const { run, path, folder } = await folderOf();
    expect(await folder.restore(ignore)).toBeUndefined();
    await expect(readCheckpoint(run)).rejects.toThrow('there is no latest checkpoint; is this the folder of a run?');
    await expect(readCheckpoint(run, 'best')).rejects.toThrow('there is no best checkpoint');
    await folder.save(checkpointAt(10));
    await folder.save(checkpointAt(20));
    await rm(join(path, 'step-000020.safetensors'));
    await expect(readCheckpoint(run)).rejects.toThrow("latest points at step-000020.safetensors, which can't be read");
    expect((await folder.restore(ignore))!.checkpoint.state.step).toBe(10);
  });

  test('a full disk while writing: says which checkpoint is intact, and it is', async () => {
    let full = false;
    const write: typeof writeFileAtomic = async (path, data) => {
      if (full) throw new OnebitError('ERR_OUTPUT', `${path}: could not be written (ENOSPC): the disk is full`);
      await writeFileAtomic(path, data);
    };
    const { run, folder } = await folderOf(2, write);
    await folder.save(checkpointAt(10));
    full = true;
    const failing = folder.save(checkpointAt(20));
    await expect(failing).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(failing).rejects.toThrow('the disk is full; the checkpoint step-000010.safetensors is intact');
    expect(await readCheckpoint(run)).toEqual(checkpointAt(10));
  });

  test('a disk that is really full leaves the last checkpoint and no rubbish (where a small disk can be mounted)', async (context) => {
    const run = await temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', run], { stdio: 'ignore' });
    } catch {
      context.annotate('mounting is not permitted here: the test above stands in for this one');
      return;
    }
    try {
      const folder = new CheckpointFolder(join(run, 'checkpoints'), { keep: 2 });
      await folder.save(checkpointAt(10));
      const large = { ...checkpointAt(20), model: new Map([['w', tensor(...new Float32Array(30_000))]]) };
      await expect(folder.save(large)).rejects.toThrow(/ENOSPC.*the checkpoint step-000010\.safetensors is intact/);
      expect((await readdir(join(run, 'checkpoints'))).sort()).toEqual(['latest', 'step-000010.safetensors']);
      expect(await readCheckpoint(run)).toEqual(checkpointAt(10));
    } finally {
      execFileSync('umount', [run]);
    }
  });

  test('rehearses without leaving a file', async () => {
    const { path, folder } = await folderOf();
    await folder.rehearse(checkpointAt(0));
    expect(await readdir(path)).toEqual([]);
  });
});
