import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { listFolder } from '../files.js';
import type { ClassificationSample } from './types.js';

/** A data set on disk, before a split is chosen. */
export interface ClassificationSource {
  readonly classes: readonly string[];
  readonly splits: readonly string[];
  /** The pictures of one of `splits`. */
  read(split: string): Promise<ClassificationSample[]>;
}

/** Names in a folder, sorted. @throws OnebitError ERR_DATA when there is no such folder. */
export async function namesIn(folder: string, what: string): Promise<string[]> {
  const names = await listFolder(folder);
  if (names === undefined) {
    throw new OnebitError(
      'ERR_DATA',
      `${folder}: must be a folder with ${what}, found no such folder. Check the path.`,
    );
  }
  return names.sort();
}

/** Lines of a text file without empty ones. @throws OnebitError ERR_DATA when it cannot be read. */
export async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new OnebitError('ERR_DATA', `${path}: must be a text file, it cannot be read (${error.code})`, {
      cause: error,
    });
  });
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** The `index.json` of a set in sheets; undefined when the folder has none. @throws OnebitError ERR_DATA for one that is not JSON. */
export async function readIndex(folder: string): Promise<Record<string, unknown> | undefined> {
  const path = join(folder, 'index.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OnebitError('ERR_DATA', `${path}: must be JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** A checked value of an `index.json`. @throws OnebitError ERR_DATA naming the key. */
export function expected<T>(holds: (value: unknown) => value is T, value: unknown, where: string, must: string): T {
  if (holds(value)) return value;
  throw new OnebitError(
    'ERR_DATA',
    `${where} must be ${must}, found ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}`,
  );
}

/** A whole number above 0. */
export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/** A text. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
