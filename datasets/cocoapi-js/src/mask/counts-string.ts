import { CocoError } from '../errors.js';
import type { MaskOptions } from './runs.js';

/** First of the 64 characters: "0" to "o". */
const zero = 48;
/** Groups of 5 bits that a difference of two 32-bit counts (33 bits with its sign) can take. */
const mostGroups = 7;

/**
 * Run lengths of a compressed mask: groups of 5 bits, low ones first, each in a character from "0" to "o" whose sixth bit says that more follow; from the fourth on, counts are
 * differences to the count two places before.
 * @param counts text of a compressed mask.
 * @returns every count from 0 to 2^32 - 1 exactly, also those from 2^30 on for which the 32-bit shifts of the C program are undefined.
 * @throws CocoError naming the character where the text ends within a number or a number has more than seven groups and, unless `strict` is false, where a character is none of the 64 or a
 * count is below 0 or beyond 32 bits. With `strict: false` the low six bits of any character are taken, and counts modulo 2^32.
 */
export function countsOf(counts: string, { strict = true }: MaskOptions = {}): Uint32Array {
  const runs = new Uint32Array(numbersIn(counts));
  let at = 0;
  for (let i = 0; i < runs.length; i++) {
    const start = at;
    let value = 0;
    let scale = 1;
    let group: number;
    do {
      const code = counts.charCodeAt(at++) - zero;
      if (strict && code >>> 0 > 63) throw badCharacter(counts, at - 1);
      group = code & 63;
      value += (group & 31) * scale;
      scale *= 32;
    } while (group > 31);
    if (group > 15) value -= scale;
    if (i > 2) value += runs[i - 2];
    const wrong = at - start > mostGroups || (strict && (value < 0 || value > 0xffffffff));
    if (wrong) throw badCount(counts, start, i, value);
    runs[i] = value;
  }
  return runs;
}

/** Numbers in a text: the characters without the bit for "more". */
function numbersIn(counts: string): number {
  let numbers = 0;
  let more = 0;
  for (let i = 0; i < counts.length; i++) {
    more = (counts.charCodeAt(i) - zero) & 32;
    if (more === 0) numbers++;
  }
  if (more === 0) return numbers;
  throw new CocoError(
    '',
    'counts',
    `must end with a whole number, found "${counts.slice(-8)}" at the end, which announces more`,
  );
}

function badCharacter(counts: string, at: number): CocoError {
  return new CocoError(
    '',
    'counts',
    `must hold characters from "0" to "o" only, found ${JSON.stringify(counts[at])} at ${at}`,
  );
}

function badCount(counts: string, start: number, i: number, value: number): CocoError {
  const text = JSON.stringify(counts.slice(start, start + mostGroups));
  return new CocoError('', 'counts', `run ${i} must be from 0 to 2^32 - 1, found ${value} (${text} at ${start})`);
}

/**
 * Compresses run lengths; the reverse of {@link countsOf}.
 * @param counts whole numbers from 0 to 2^32 - 1.
 */
export function stringOf(counts: ArrayLike<number>): string {
  const bytes = new Uint8Array(counts.length * mostGroups);
  let end = 0;
  for (let i = 0; i < counts.length; i++) {
    let value = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    let more: boolean;
    do {
      const group = value & 31;
      value = Math.floor(value / 32);
      more = group > 15 ? value !== -1 : value !== 0;
      bytes[end++] = zero + group + (more ? 32 : 0);
    } while (more);
  }
  return new TextDecoder().decode(bytes.subarray(0, end));
}
