import type { CocoId } from '../types.js';

/** The ids without repeats in ascending order: numbers by value, then texts by code point. */
export function uniqueSorted(ids: readonly CocoId[]): CocoId[] {
  return [...new Set(ids)].sort(compareIds);
}

/** Position of each id in the list. */
export function positions(ids: readonly CocoId[]): Map<CocoId, number> {
  return new Map(ids.map((id, i) => [id, i]));
}

function compareIds(a: CocoId, b: CocoId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  return typeof a === 'number' ? -1 : 1;
}

/** Python compares texts by code point, JavaScript by UTF-16 unit: they differ on characters beyond U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i].codePointAt(0) ?? 0) - (right[i].codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
