import type { Shape, TensorArray } from '../../native/vector/elementwise.js';
import type { ShapeKernels } from '../../native/vector/shape.js';
import { dot, forEachIndex, stridesOf } from './indexing.js';

/** Plain loops: the definition of {@link ShapeKernels}. Arguments are not checked. */
export const shapeReference: ShapeKernels = {
  transpose(x, shape, permutation, y) {
    const strides = stridesOf(shape);
    const steps = permutation.map((axis) => strides[axis]);
    const target = permutation.map((axis) => shape[axis]);
    forEachIndex(target, (index, flat) => {
      y[flat] = x[dot(index, steps)];
    });
  },
  tile(x, shape, repeats, y) {
    const strides = stridesOf(shape);
    const target = shape.map((size, k) => size * repeats[k]);
    forEachIndex(target, (index, flat) => {
      y[flat] = x[index.reduce((sum, value, k) => sum + (value % shape[k]) * strides[k], 0)];
    });
  },
  pad(x, shape, before, after, value, y) {
    const strides = stridesOf(shape);
    const target = shape.map((size, k) => before[k] + size + after[k]);
    forEachIndex(target, (index, flat) => {
      const source = index.map((at, k) => at - before[k]);
      y[flat] = source.every((at, k) => at >= 0 && at < shape[k]) ? x[dot(source, strides)] : value;
    });
  },
  slice(x, shape, begin, size, y) {
    const ones = shape.map(() => 1);
    shapeReference.stridedSlice(x, shape, begin, ones, size, y);
  },
  stridedSlice<T extends TensorArray>(
    x: T,
    shape: Shape,
    begin: readonly number[],
    strides: readonly number[],
    size: Shape,
    y: T,
  ) {
    const steps = stridesOf(shape);
    forEachIndex(size, (index, flat) => {
      y[flat] = x[index.reduce((sum, value, k) => sum + (begin[k] + value * strides[k]) * steps[k], 0)];
    });
  },
  concat(inputs, outer, widths, y) {
    let at = 0;
    for (let row = 0; row < outer; row++) {
      inputs.forEach((input, k) => {
        for (let i = 0; i < widths[k]; i++) y[at++] = input[row * widths[k] + i];
      });
    }
  },
  gather(x, outer, rows, inner, indices, y) {
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices) {
        for (let i = 0; i < inner; i++) y[at++] = x[(o * rows + index) * inner + i];
      }
    }
  },
  unsortedSegmentSum(x, ids, segments, inner, y) {
    y.fill(0);
    ids.forEach((id, row) => {
      if (id < 0 || id >= segments) return;
      for (let i = 0; i < inner; i++) y[id * inner + i] += x[row * inner + i];
    });
  },
  oneHot(indices, depth, on, off, y) {
    indices.forEach((index, row) => {
      for (let k = 0; k < depth; k++) y[row * depth + k] = k === index ? on : off;
    });
  },
};
