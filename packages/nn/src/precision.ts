import { OnebitError, unknownName } from '@onebit/common';
import { type Method, type MethodOptions, withOptions } from './methods/method.js';
import { type MethodName, methods } from './methods/table.js';

/** What a plan says of a layer: float, a method by name, or a method with some of its parts replaced. Plain data, fit for JSON. */
export type Precision = 'fp32' | MethodName | (MethodOptions & { readonly method: MethodName });

/** A precision with its method looked up. */
export type ResolvedPrecision = 'fp32' | Method;

const optionNames: readonly (keyof MethodOptions | 'method')[] = [
  'method',
  'padValue',
  'activationScale',
  'centreWeights',
  'clip',
  'weightScale',
  'weightGradient',
  'signOfZero',
];

/** Looks up a method; unknown methods and options are errors that list the known ones. */
export function resolvePrecision(precision: Precision, where = 'precision'): ResolvedPrecision {
  if (precision === 'fp32') return precision;
  if (typeof precision === 'string') return findMethod(precision, where);
  if (typeof precision !== 'object' || precision === null) {
    throw new OnebitError(
      'ERR_RECIPE',
      `${where}: must be fp32, a method or an object with a method, got ${JSON.stringify(precision)}`,
    );
  }
  for (const key of Object.keys(precision)) {
    if (!(optionNames as readonly string[]).includes(key)) throw unknownName(where, key, optionNames);
  }
  const { method, ...options } = precision;
  return withOptions(findMethod(method, where), options);
}

function findMethod(name: string, where: string): Method {
  if (!Object.hasOwn(methods, name)) throw unknownName(where, name, ['fp32', ...Object.keys(methods)]);
  return methods[name as MethodName];
}
