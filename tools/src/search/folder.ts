import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { differences, type Json, plainJson } from '@onebit/training';

/**
 * Claims a folder for a search by writing what decides its result to `search.json`, or accepts the search that stands there.
 * @param config everything that decides the result; equal configs give equal results.
 * @throws OnebitError ERR_OUTPUT where a search stands and is not to be resumed, ERR_RECIPE where it is another one, naming the keys.
 */
export async function claimSearchFolder(folder: string, config: unknown, resume: boolean): Promise<void> {
  const path = join(folder, 'search.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return writeFileAtomic(path, `${JSON.stringify(config, null, 2)}\n`);
  if (!resume) {
    throw new OnebitError(
      'ERR_OUTPUT',
      `${folder}: already holds a search; choose another output folder, or continue that search with --resume`,
    );
  }
  const differing = differences(JSON.parse(text) as Json, plainJson(config));
  if (differing.length === 0) return;
  throw new OnebitError(
    'ERR_RECIPE',
    `${folder}: holds another search, so it can't be resumed. Differing: ${differing.join('; ')}. Use its options, or choose another output folder`,
  );
}
