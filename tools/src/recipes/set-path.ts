import { OnebitError, unknownName } from '@onebit/common';
import { knownKeys } from './problems.js';
import { recipeSchema } from './schema.js';

/**
 * Changes one value of a recipe that is not checked yet, in place.
 * @param path dotted keys, all but the last of which must lead through objects
 * @param where names the change in errors
 * @throws OnebitError ERR_UNKNOWN_NAME for a key that recipes do not have; ERR_USAGE for a path through a value that is no object
 */
export function setPath(base: unknown, path: string, value: unknown, where: string): void {
  if (!isObject(base)) return; // not a recipe at all, which the check of the whole says better
  const keys = path.split('.');
  let at = base;
  keys.forEach((key, depth) => {
    const known = knownKeys(recipeSchema, keys.slice(0, depth), base);
    if (known.length > 0 && !known.includes(key)) throw unknownName(where, key, known);
    if (depth === keys.length - 1) {
      at[key] = value;
      return;
    }
    const next = at[key];
    if (!isObject(next)) {
      const parent = keys.slice(0, depth + 1).join('.');
      throw new OnebitError('ERR_USAGE', `${where}: ${parent} has no keys to set; give it as JSON`);
    }
    at = next;
  });
}

/**
 * Applies changes whose keys are paths and whose values may be objects of further changes. An object that chooses a form by `kind` or `method` is one value: keys of
 * the form that was there before would have no meaning in it.
 * @throws as {@link setPath}
 */
export function setAll(base: unknown, changes: Readonly<Record<string, unknown>>, where: string, prefix = ''): void {
  for (const [key, value] of Object.entries(changes)) {
    const path = prefix + key;
    const isGroup = isObject(value) && !('kind' in value) && !('method' in value);
    if (isGroup && isObject(valueAt(base, path))) setAll(base, value, where, `${path}.`);
    else setPath(base, path, value, `${where}.${path}`);
  }
}

function valueAt(base: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), base);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
