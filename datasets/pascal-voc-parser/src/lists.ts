import { VocError } from './errors.js';

/** A line of an image list: the id, and in per-class lists `1` (shows the class), `-1` (does not) or `0` (only difficult ones). */
export interface VocListEntry {
  readonly id: string;
  readonly flag?: 1 | 0 | -1;
  /** 1-based, for messages. */
  readonly line: number;
}

/** Reads a list below `ImageSets`: an id a line, perhaps with a flag; LF or CR LF; empty lines are skipped. */
export function parseImageList(text: string, file: string): VocListEntry[] {
  const entries: VocListEntry[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const words = content.trim().split(/\s+/);
    const [id, flag] = words;
    const line = index + 1;
    if (id === '') continue;
    if (words.length > 2)
      throw new VocError(file, line, undefined, `must be "id" or "id flag", found ${JSON.stringify(content)}`);
    if (flag === undefined) {
      entries.push({ id, line });
    } else if (flag === '1' || flag === '0' || flag === '-1') {
      entries.push({ id, flag: Number(flag) as 1 | 0 | -1, line });
    } else {
      throw new VocError(file, line, 'flag', `must be 1, 0 or -1, found ${JSON.stringify(flag)}`);
    }
  }
  return entries;
}
