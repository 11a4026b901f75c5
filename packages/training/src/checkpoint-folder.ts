import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUserError, OnebitError, writeFileAtomic } from '@onebit/common';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';

const stepFile = /^step-(\d+)\.safetensors$/;
const fileOf = (step: number) => `step-${String(step).padStart(6, '0')}.safetensors`;

export interface CheckpointFolderOptions {
  /** How many of the newest checkpoints stay; the best one stays besides. */
  readonly keep: number;
  /** Writes a file all or nothing. */
  readonly write?: (path: string, data: string | Uint8Array) => Promise<void>;
}

/** The folder `checkpoints/` of a run: `step-000123.safetensors` files and the pointers `latest` and `best`, text files that name one of them. */
export class CheckpointFolder {
  private readonly keep: number;
  private readonly write: (path: string, data: string | Uint8Array) => Promise<void>;

  constructor(
    private readonly folder: string,
    { keep, write = writeFileAtomic }: CheckpointFolderOptions,
  ) {
    this.keep = keep;
    this.write = write;
  }

  /** Writes a checkpoint, points `latest` (and `best`, when this step is the best so far) at it, then removes old ones. Returns its path. */
  async save(checkpoint: Checkpoint): Promise<string> {
    const { step, best } = checkpoint.state;
    const name = fileOf(step);
    try {
      await this.write(join(this.folder, name), encodeCheckpoint(checkpoint));
      await this.write(join(this.folder, 'latest'), `${name}\n`);
      if (best?.step === step) await this.write(join(this.folder, 'best'), `${name}\n`);
    } catch (error) {
      const last = await readPointer(this.folder, 'latest');
      if (!isUserError(error)) throw error;
      const intact = last === undefined ? 'there is no earlier checkpoint' : `the checkpoint ${last} is intact`;
      throw new OnebitError('ERR_OUTPUT', `${error.message}; ${intact}; then run again with resume: 'auto'`, {
        cause: error,
      });
    }
    await this.prune();
    return join(this.folder, name);
  }

  /** Writes a checkpoint beside the others, reads it back and removes it: shows in second one what would fail at the first save. */
  async rehearse(checkpoint: Checkpoint): Promise<void> {
    const path = join(this.folder, 'rehearsal.safetensors');
    const bytes = encodeCheckpoint(checkpoint);
    try {
      await this.write(path, bytes);
      decodeCheckpoint(await readFile(path), path);
    } finally {
      await rm(path, { force: true });
    }
  }

  /**
   * The newest checkpoint that can be read, or undefined when there is none. Damaged files are set aside as `*.damaged`, with a message each.
   * @throws OnebitError ERR_CHECKPOINT when there are checkpoints but all are damaged.
   */
  async restore(notice: (message: string) => void): Promise<{ checkpoint: Checkpoint; path: string } | undefined> {
    const candidates = await this.newestFirst();
    const pointed = await readPointer(this.folder, 'latest');
    if (pointed !== undefined && candidates.includes(pointed)) candidates.unshift(pointed);
    for (const name of new Set(candidates)) {
      const path = join(this.folder, name);
      try {
        return { checkpoint: decodeCheckpoint(await readFile(path), path), path };
      } catch (error) {
        if (!isUserError(error)) throw error;
        await rename(path, `${path}.damaged`);
        notice(`${error.message}; set aside as ${name}.damaged, falling back to the checkpoint before`);
      }
    }
    const damaged = (await listed(this.folder)).filter((name) => name.endsWith('.damaged'));
    if (damaged.length === 0) return undefined;
    throw new OnebitError(
      'ERR_CHECKPOINT',
      `${this.folder}: there are checkpoints, but all are damaged (${damaged.join(', ')}); train anew in another output folder`,
    );
  }

  private async newestFirst(): Promise<string[]> {
    const names = await listed(this.folder);
    const steps = names.flatMap((name) => (stepFile.test(name) ? [Number(stepFile.exec(name)![1])] : []));
    return steps.sort((a, b) => b - a).map(fileOf);
  }

  private async prune(): Promise<void> {
    const kept = [await readPointer(this.folder, 'best'), await readPointer(this.folder, 'latest')];
    for (const name of (await this.newestFirst()).slice(this.keep)) {
      if (!kept.includes(name)) await rm(join(this.folder, name), { force: true });
    }
  }
}

/**
 * Reads a checkpoint of a run folder, for evaluation, prediction, export or fine-tuning. Never changes anything.
 * @throws OnebitError ERR_CHECKPOINT when the run has none, ERR_FORMAT when it is damaged.
 */
export async function readCheckpoint(run: string, which: 'latest' | 'best' = 'latest'): Promise<Checkpoint> {
  const folder = join(run, 'checkpoints');
  const name = await readPointer(folder, which);
  if (name === undefined) {
    const hint =
      which === 'best' ? '; runs without evaluation have only a latest one' : '; is this the folder of a run?';
    throw new OnebitError('ERR_CHECKPOINT', `${folder}: there is no ${which} checkpoint${hint}`);
  }
  const path = join(folder, name);
  const bytes = await readFile(path).catch((error) => {
    throw new OnebitError('ERR_CHECKPOINT', `${folder}: ${which} points at ${name}, which can't be read`, {
      cause: error,
    });
  });
  return decodeCheckpoint(bytes, path);
}

async function readPointer(folder: string, which: 'latest' | 'best'): Promise<string | undefined> {
  const text = await readFile(join(folder, which), 'utf8').catch(() => undefined);
  return text?.trim();
}

async function listed(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
