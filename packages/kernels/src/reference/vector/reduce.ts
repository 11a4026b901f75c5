import type { NumberArray, Shape } from '../../native/vector/elementwise.js';
import type { ReduceKernels, ReduceOp } from '../../native/vector/reduce.js';
import { forEachIndex, stridesOf } from './indexing.js';

/** The values of x that each output reduces, in order. */
function groupsOf(x: ArrayLike<number>, shape: Shape, axes: readonly number[], outputs: number): number[][] {
  const kept = shape.map((_, k) => k).filter((k) => !axes.includes(k));
  const strides = stridesOf(kept.map((k) => shape[k]));
  const groups = Array.from({ length: outputs }, (): number[] => []);
  forEachIndex(shape, (index, flat) => {
    groups[kept.reduce((sum, k, at) => sum + index[k] * strides[at], 0)].push(x[flat]);
  });
  return groups;
}

const reductions: Record<ReduceOp, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max: (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  min: (values) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  prod: (values) => values.reduce((product, value) => product * value, 1),
};

function reduceInt(op: ReduceOp, values: readonly number[]): number {
  if (op === 'prod') return values.reduce((product, value) => Math.imul(product, value), 1);
  if (op === 'sum') return values.reduce((sum, value) => (sum + value) | 0, 0);
  return Math.min(Math.max(reductions[op](values), -(2 ** 31)), 2 ** 31 - 1);
}

/** Plain loops: the definition of {@link ReduceKernels}, sums in float64. Arguments are not checked. */
export const reduceReference: ReduceKernels = {
  reduce(op: ReduceOp, x: NumberArray, shape, axes, y) {
    groupsOf(x, shape, axes, y.length).forEach((values, i) => {
      y[i] = x instanceof Int32Array ? reduceInt(op, values) : reductions[op](values);
    });
  },
  reduceBool(op, x, shape, axes, y) {
    groupsOf(x, shape, axes, y.length).forEach((values, i) => {
      y[i] = Number(op === 'any' ? values.some((value) => value !== 0) : values.every((value) => value !== 0));
    });
  },
  argReduce(op, x, shape, axis, y) {
    groupsOf(x, shape, [axis], y.length).forEach((values, i) => {
      let best = 0;
      values.forEach((value, k) => {
        if (op === 'max' ? value > values[best] : value < values[best]) best = k;
      });
      y[i] = best;
    });
  },
  sumOfSquares(arrays) {
    let total = 0;
    for (const x of arrays) {
      for (const value of x) total += value * value;
    }
    return total;
  },
  allFinite(x) {
    return x.every((value) => Number.isFinite(value));
  },
};
