import type { Shape } from '../../native/vector/elementwise.js';

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Elements to advance for one step along each dimension of a contiguous array. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let k = shape.length - 2; k >= 0; k--) strides[k] = strides[k + 1] * shape[k + 1];
  return strides;
}

/** Calls `visit` with every index of the shape in order; the array is reused. */
export function forEachIndex(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const index = shape.map(() => 0);
  const total = sizeOf(shape);
  for (let flat = 0; flat < total; flat++) {
    visit(index, flat);
    for (let k = shape.length - 1; k >= 0; k--) {
      index[k]++;
      if (index[k] < shape[k]) break;
      index[k] = 0;
    }
  }
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
