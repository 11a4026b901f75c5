import { createHash } from 'node:crypto';

/** What JSON can hold; recipes and saved states are of this kind, so that they read back as they were written. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** JSON with sorted keys: equal values give equal text whatever the order they were built in. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The value as JSON would read it back: undefined entries gone, numbers as JSON can hold them. */
export function plainJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** First 16 hex digits of SHA-256: enough to tell recipes and structures apart, short enough for a person to compare. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Dotted paths at which two values differ, with both sides: `training.schedule.rate: 0.1 there, 0.01 now`. */
export function differences(there: Json | undefined, now: Json | undefined, path = ''): string[] {
  if (isObject(there) && isObject(now)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(there[key], now[key], path === '' ? key : `${path}.${key}`));
  }
  if (isList(there) && isList(now) && there.length === now.length) {
    return there.flatMap((item, i) => differences(item, now[i], `${path}.${i}`));
  }
  const [a, b] = [there, now].map((side) => (side === undefined ? 'absent' : canonicalJson(side)));
  return a === b ? [] : [`${path}: ${shorten(a)} there, ${shorten(b)} now`];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of objects, whose items can be told apart; lists of values are compared, and shown, as wholes. */
function isList(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
