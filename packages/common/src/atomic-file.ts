import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OnebitError } from './errors.js';

/**
 * Writes a file so that a crash, a full disk or a kill leaves either the old content or the new one, never a mixture: temporary file in the
 * same folder, fsync, rename, fsync of the folder.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await replaceFile(path, async (temporary) => {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** As {@link writeFileAtomic}, with the content produced by `write`, which gets the temporary path and must sync what it writes. */
export async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    await write(temporary);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw describe(path, error);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined); // Windows can't open folders; the rename is still atomic there
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const advice: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space, nothing already written was lost',
  EDQUOT: 'the disk quota is used up; free some space, nothing already written was lost',
  EACCES: 'no permission to write there; choose another output folder',
  EROFS: 'the file system is read-only; choose another output folder',
  EEXIST: 'a part of the path is a file, not a folder; choose another output folder',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another output folder',
};

function describe(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || advice[code] === undefined) return error;
  return new OnebitError('ERR_OUTPUT', `${path}: could not be written (${code}): ${advice[code]}`, { cause: error });
}
