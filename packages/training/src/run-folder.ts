import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { differences, type Json, type JsonObject } from './json.js';

/** Continue the run that stands in the output folder, if there is one; or insist on a folder without a run. */
export type Resume = 'auto' | 'never';

/**
 * Makes sure that `folder` may be used by this run, before any work: a folder without a run is claimed by writing `config.json`; a run of the
 * same config is accepted with `resume: 'auto'`. A run counts from its first checkpoint or metrics line on: one that failed before, say in the
 * dry run, is simply replaced.
 * @returns whether a run was there.
 * @throws OnebitError ERR_OUTPUT when another run is there, ERR_RECIPE when the configs differ, naming the keys.
 */
export async function claimRunFolder(folder: string, config: JsonObject, resume: Resume): Promise<boolean> {
  const found = await signsOfRun(folder);
  if (found === undefined) {
    await mkdir(join(folder, 'checkpoints'), { recursive: true }).catch((error) => {
      throw new OnebitError('ERR_OUTPUT', `${folder}: can't be made (${error.code}); choose another output folder`, {
        cause: error,
      });
    });
    await writeJson(join(folder, 'config.json'), config);
    return false;
  }
  if (resume !== 'auto') {
    throw new OnebitError(
      'ERR_OUTPUT',
      `${folder}: already holds a run (${found}); choose another output folder, or continue that run with resume: 'auto'`,
    );
  }
  const differing = differences(await readConfig(folder), config);
  if (differing.length > 0) {
    throw new OnebitError(
      'ERR_RECIPE',
      `${folder}: holds a run of another recipe, so it can't be resumed. Differing: ${differing.join('; ')}. ` +
        'Use the recipe of that run, or choose another output folder',
    );
  }
  return true;
}

async function signsOfRun(folder: string): Promise<string | undefined> {
  const checkpoints = (await listed(join(folder, 'checkpoints'))).filter((name) => name.startsWith('step-'));
  if (checkpoints.length > 0) return `checkpoints up to ${checkpoints.sort().at(-1)}`;
  const metrics = await stat(join(folder, 'metrics.jsonl')).catch(() => undefined);
  return metrics !== undefined && metrics.size > 0 ? 'metrics, no checkpoint' : undefined;
}

/** The resolved config of a run. */
export async function readConfig(folder: string): Promise<JsonObject> {
  const path = join(folder, 'config.json');
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new OnebitError('ERR_OUTPUT', `${path}: can't be read as the config of a run; is this a run folder?`, {
      cause: error,
    });
  }
}

export async function writeJson(path: string, value: Json): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

async function listed(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') {
      const message = `${dirname(folder)}: is a file, or lies below one; choose another output folder`;
      throw new OnebitError('ERR_OUTPUT', message, { cause: error });
    }
    throw error;
  });
}
