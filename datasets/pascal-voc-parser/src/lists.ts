import type { VocAnnotation } from './annotation/types.js';
import { VocError } from './errors.js';

/** The tasks that have folders below `ImageSets`. */
export type VocTask = 'Main' | 'Segmentation' | 'Layout' | 'Action';

/** What a line of a list says of an image (or object) and a class: `1` shows it, `-1` does not, `0` only difficult objects do. */
export type VocFlag = 1 | 0 | -1;

/** A line of an image list. */
export interface VocListEntry {
  readonly id: string;
  /** Number of the object in the annotation, from 1: in the lists of `Layout` and `Action`. */
  readonly object?: number;
  /** In the lists of one class. */
  readonly flag?: VocFlag;
  /** 1-based, for messages; undefined for entries that come from no file. */
  readonly line?: number;
}

/** The columns behind the id, by task; each line may end early. */
const columns = { Main: ['flag'], Segmentation: ['flag'], Layout: ['object'], Action: ['object', 'flag'] } as const;

/** Reads a list below `ImageSets`: an id a line, perhaps with an object's number and a flag; LF or CR LF; empty lines are skipped. */
export function parseImageList(text: string, file: string, task: VocTask = 'Main'): VocListEntry[] {
  const entries: VocListEntry[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    const [id, ...words] = content.trim().split(/\s+/);
    if (id !== '') entries.push(readEntry(id, words, { file, line: index + 1, task }));
  }
  return entries;
}

function readEntry(
  id: string,
  words: readonly string[],
  { file, line, task }: { file: string; line: number; task: VocTask },
): VocListEntry {
  const names = columns[task];
  if (words.length > names.length) {
    const found = JSON.stringify([id, ...words].join(' ').slice(0, 60));
    throw new VocError(
      file,
      line,
      undefined,
      `must be "id${names.map((name) => ` ${name}`).join('')}", found ${found}`,
    );
  }
  const entry: { id: string; line: number; object?: number; flag?: VocFlag } = { id, line };
  words.forEach((word, i) => {
    const value = Number(word);
    const isObject = names[i] === 'object';
    if (isObject ? !/^[1-9]\d*$/.test(word) : !['1', '0', '-1'].includes(word)) {
      const expected = isObject ? 'a number from 1' : '1, 0 or -1';
      throw new VocError(file, line, names[i], `must be ${expected}, found ${JSON.stringify(word)}`);
    }
    if (isObject) entry.object = value;
    else entry.flag = value as VocFlag;
  });
  return entry;
}

/** Writes a list as the devkit's are: columns by blanks, flags two wide. `parseImageList` of the result gives equal entries. */
export function serializeImageList(entries: Iterable<VocListEntry>): string {
  let text = '';
  for (const { id, object, flag } of entries) {
    if (!/^\S+$/.test(id)) {
      throw new VocError('image list', undefined, 'id', `must be a word without blanks, found ${JSON.stringify(id)}`);
    }
    text += id;
    if (object !== undefined) text += ` ${object}`;
    if (flag !== undefined) text += ` ${String(flag).padStart(2)}`;
    text += '\n';
  }
  return text;
}

/** The flag of a class's list for one annotation. */
export function classFlag({ objects }: VocAnnotation, className: string): VocFlag {
  const ofClass = objects.filter(({ name }) => name === className);
  if (ofClass.length === 0) return -1;
  return ofClass.every(({ difficult }) => difficult) ? 0 : 1;
}
