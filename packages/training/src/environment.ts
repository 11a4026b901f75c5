import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tf } from '@onebit/ops';
import { differences, type JsonObject } from './json.js';
import { writeJson } from './run-folder.js';

/**
 * Where a run computes: what a reader needs to judge whether numbers may differ between two runs.
 * @param extra what only the caller knows, such as the report of `selectBackend` (kernel set, threads).
 */
export async function describeEnvironment(extra: JsonObject = {}): Promise<JsonObject> {
  const here = fileURLToPath(import.meta.url);
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const cores = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${platform()} ${arch()} ${release()}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    backend: tf.getBackend(),
    versions: { onebit: version, tfjs: tf.version_core },
    commit: await commitOf(dirname(here)),
    ...extra,
  };
}

/** The commit of the working tree this code runs from, with `+changes` when files differ from it; null for an installed package. */
async function commitOf(folder: string): Promise<string | null> {
  const git = async (...words: string[]) => (await promisify(execFile)('git', ['-C', folder, ...words])).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${await git('rev-parse', 'HEAD')}${changed === '' ? '' : '+changes'}`;
  } catch {
    return null;
  }
}

/** Facts that change a number's last bits. */
const decisive = ['node', 'cpu', 'backend', 'kernelSet', 'threads'];

/**
 * Writes `environment.json`: the environment of the run's first session and, under `resumed`, of every later one with the step it began at.
 * @param notice told when a later session computes elsewhere than the one before.
 */
export async function recordEnvironment(
  output: string,
  environment: JsonObject,
  step: number,
  notice: (message: string) => void,
): Promise<void> {
  const path = join(output, 'environment.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || step === 0) return writeJson(path, environment);
  const first = JSON.parse(text) as JsonObject;
  const resumed = (first.resumed ?? []) as readonly JsonObject[];
  const before = resumed.at(-1) ?? first;
  const changed = differences(before, environment).filter((line) => decisive.includes(line.split(':')[0]));
  if (changed.length > 0) {
    notice(
      `resumed in another environment (${changed.join('; ')}): results may differ from an uninterrupted run in their last bits`,
    );
  }
  return writeJson(path, { ...first, resumed: [...resumed, { step, ...environment }] });
}
