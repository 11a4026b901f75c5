import { CocoError } from '../errors.js';

/** Applies a function of the public interface to one value or to each of a list; errors name the function and the entry. */
export function each<T extends object, U>(name: string, value: T | readonly T[], act: (one: T) => U): U | U[] {
  return isList(value) ? eachOf(name, value, act) : within(name, '', () => act(value));
}

/** As {@link each}, for a list. */
export function eachOf<T, U>(name: string, values: readonly T[], act: (one: T) => U): U[] {
  return values.map((value, i) => within(name, `[${i}]`, () => act(value)));
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** Runs a part of a public function; its errors name the function and the entry. */
export function within<U>(name: string, entry: string, act: () => U): U {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof CocoError)) throw error;
    const dot = entry && /^\w/.test(error.place) ? '.' : '';
    throw new CocoError(error.file, `${name}: ${entry}${dot}${error.place}`, error.complaint);
  }
}
