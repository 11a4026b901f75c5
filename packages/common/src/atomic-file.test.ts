import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceFile, writeFileAtomic } from './atomic-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onebit-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('atomic files', () => {
  test('the content is replaced, folders are made, and nothing else is left behind', async () => {
    const path = join(folder, 'a', 'b.json');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a'))).toEqual(['b.json']);
  });

  test('a writer that fails half-way leaves the old content and no temporary file', async () => {
    const path = join(folder, 'state');
    await writeFileAtomic(path, 'good');
    const failing = replaceFile(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    await expect(failing).rejects.toThrow(/could not be written \(ENOSPC\): the disk is full/);
    expect(await readFile(path, 'utf8')).toBe('good');
    expect(await readdir(folder)).toEqual(['state']);
  });

  test('a file where a folder must be is an error that says so', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeFileAtomic(join(folder, 'file', 'x'), '')).rejects.toThrow(/a part of the path is a file/);
  });
});
