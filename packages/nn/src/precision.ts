import { OnebitError, unknownName } from '@onebit/common';
import type { Method } from './methods/method.js';
import { withOptions } from './methods/options.js';
import { type MethodName, methods } from './methods/table.js';

/**
 * What a plan says of a layer: float, a method by name, or a method with some of its options set, such as `{ method: 'bireal', weights: 'real' }`. Plain data,
 * fit for JSON; `onebit methods NAME` lists the options.
 */
export type Precision = 'fp32' | MethodName | ({ readonly method: MethodName } & Readonly<Record<string, unknown>>);

/** A precision with its method looked up. */
export type ResolvedPrecision = 'fp32' | Method;

/** Looks up a method; unknown methods, options and values are errors that list the known ones. */
export function resolvePrecision(precision: Precision, where = 'precision'): ResolvedPrecision {
  if (precision === 'fp32') return precision;
  if (typeof precision === 'string') return findMethod(precision, where);
  if (typeof precision !== 'object' || precision === null) {
    throw new OnebitError(
      'ERR_RECIPE',
      `${where}: must be fp32, a method or an object with a method, got ${JSON.stringify(precision)}`,
    );
  }
  const { method, ...options } = precision;
  return withOptions(findMethod(method, where), options, where);
}

function findMethod(name: string, where: string): Method {
  if (!Object.hasOwn(methods, name)) throw unknownName(where, name, ['fp32', ...Object.keys(methods)]);
  return methods[name as MethodName];
}
