import { describe, expect, test } from 'vitest';
import { conv2dGeometry } from '../geometry.js';
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './conv2d.js';
import { matMul } from './mat-mul.js';

describe('reference convolution', () => {
  test('a 2 x 2 kernel over 3 x 3 numbers gives the sums done by hand', () => {
    const g = conv2dGeometry([1, 3, 3, 1], [2, 2, 1, 1], { padding: 'valid' });
    const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect([...conv2d(x, Float32Array.of(1, 10, 100, 1000), g)]).toEqual([5421, 6532, 8754, 9865]);
  });

  test('stride, dilation and one-sided padding read the pixels they name', () => {
    const padding = { top: 1, bottom: 0, left: 0, right: 2 };
    const g = conv2dGeometry([1, 3, 3, 1], [2, 2, 1, 1], { padding, strides: [2, 1], dilations: [1, 2] });
    expect([g.outHeight, g.outWidth]).toEqual([2, 3]);
    const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    // Rows -1 and 0, then 1 and 2; columns w and w + 2.
    expect([...conv2d(x, Float32Array.of(1, 10, 100, 1000), g)]).toEqual([3100, 200, 300, 9764, 805, 906]);
  });

  test('groups keep their channels apart', () => {
    const g = conv2dGeometry([1, 1, 1, 4], [1, 1, 2, 2], { groups: 2 });
    // filter[c][o]: output 0 sees channels 0 and 1, output 1 channels 2 and 3.
    expect([...conv2d(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 10, 100, 1000), g)]).toEqual([201, 4030]);
  });

  test('gradients are the transposed maps: <conv(x), dy> = <x, dx> = <w, dw>', () => {
    const g = conv2dGeometry([2, 5, 4, 4], [3, 2, 2, 6], { strides: [2, 1], dilations: [1, 2], padding: 1, groups: 2 });
    const values = (n: number, k: number) => Float32Array.from({ length: n }, (_, i) => ((i * k) % 17) - 8);
    const [x, w] = [values(160, 7), values(72, 5)];
    const y = conv2d(x, w, g);
    const dy = values(y.length, 3);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    expect(dot(x, conv2dBackpropInput(dy, w, g))).toBe(dot(y, dy));
    expect(dot(w, conv2dBackpropFilter(x, dy, g))).toBe(dot(y, dy));
  });
});

test('the reference matrix product transposes and broadcasts', () => {
  const shape = { batchA: 2, batchB: 1, rows: 1, columns: 2, depth: 2 };
  const a = Float32Array.of(1, 2, 3, 4);
  expect([...matMul(a, Float32Array.of(1, 10, 100, 1000), shape)]).toEqual([201, 2010, 403, 4030]);
  expect([...matMul(a, Float32Array.of(1, 100, 10, 1000), shape, false, true)]).toEqual([201, 2010, 403, 4030]);
  const column = { ...shape, batchA: 1, rows: 2, depth: 2 };
  expect([...matMul(Float32Array.of(1, 3, 2, 4), Float32Array.of(1, 0, 0, 1), column, true)]).toEqual([1, 2, 3, 4]);
});
