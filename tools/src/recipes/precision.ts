import { binaryPlan, type Precision, type PrecisionPlan } from '@onebit/nn';
import type { RecipePrecision } from './common.js';

/** The plan of a recipe's `model.precision`, as model builders take it. They check names and options. */
export function planOf(precision: RecipePrecision): string | PrecisionPlan {
  if (typeof precision === 'string' || Array.isArray(precision)) return precision as string | PrecisionPlan;
  return binaryPlan(precision as Precision);
}

/** A precision in words for a table: `float`, a method, a method with its options, or `plan`. */
export function precisionWords(precision: RecipePrecision): string {
  if (typeof precision === 'string') return precision;
  if (Array.isArray(precision)) return 'plan';
  const { method, ...options } = precision;
  const list = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return list.length === 0 ? method : `${method} (${list.join(', ')})`;
}
