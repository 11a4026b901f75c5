import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { findVocRoots } from 'pascal-voc-parser';

/** What a path given as `--gt` or `--dt` holds, told by content and not by name. */
export type InputKind = keyof typeof kindNames;

/** The kinds in words. */
export const kindNames = {
  object: 'a JSON object (COCO ground truth: images, annotations, categories)',
  list: 'a JSON list (COCO results)',
  devkit: 'a VOC devkit folder (Annotations, ImageSets)',
  'class-files': 'VOC results (a file a class: comp4_det_test_CLASS.txt)',
  pngs: 'a folder of PNG files',
} as const;

/** Names of the devkit's results files: competition, set, class. */
const resultsFileName = /^(comp\d+_)?det_.+\.txt$/;

/**
 * Looks at what a path holds. A pattern with `*` in its last part names VOC results files.
 * @param option the option that named the path, for messages
 * @throws OnebitError ERR_DATA when nothing is there, nothing is known, or a folder holds several kinds.
 */
export async function kindOf(option: string, path: string): Promise<InputKind> {
  const fail = (what: string) => new OnebitError('ERR_DATA', `${option} ${path}: ${what}`);
  if (path.includes('*')) return 'class-files';
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw fail('there is no such file or folder');
  if (found.isFile()) {
    const first = await firstCharacter(path);
    if (first === '{') return 'object';
    if (first === '[') return 'list';
    throw fail(`expected JSON that begins with { or [, found ${first ? JSON.stringify(first) : 'an empty file'}`);
  }
  const names = await readdir(path);
  const kinds: InputKind[] = [];
  if ((await findVocRoots(path)).length > 0) kinds.push('devkit');
  const inMain = names.includes('Main') ? await readdir(join(path, 'Main')).catch(() => []) : [];
  if ([...names, ...inMain].some((name) => resultsFileName.test(name))) kinds.push('class-files');
  if (names.some((name) => /\.png$/i.test(name))) kinds.push('pngs');
  if (kinds.length === 1) return kinds[0];
  if (kinds.length > 1)
    throw fail(`holds ${kinds.map((kind) => kindNames[kind]).join(' and ')}; put them in two folders`);
  const shown = names.sort().slice(0, 5).join(', ');
  throw fail(`expected ${Object.values(kindNames).slice(2).join(', or ')}; found ${shown || 'an empty folder'}`);
}

/** The first character that is not white space, after a byte order mark; undefined in a blank file. */
async function firstCharacter(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return /[^\s\uFEFF]/.exec(buffer.toString('utf8', 0, bytesRead))?.[0];
  } finally {
    await file.close();
  }
}
