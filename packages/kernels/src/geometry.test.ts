import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conv2dGeometry, dilatedSize, filterShape, inputShape, outputShape } from './geometry.js';

test('same padding gives ceil(input / stride) and puts the odd row below and the odd column right', () => {
  const size = fc.integer({ min: 1, max: 20 });
  const small = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(size, size, small, small, small, small, (height, width, kh, kw, stride, dilation) => {
      const g = conv2dGeometry([2, height, width, 3], [kh, kw, 3, 5], { strides: stride, dilations: dilation });
      expect(outputShape(g)).toEqual([2, Math.ceil(height / stride), Math.ceil(width / stride), 5]);
      expect([0, 1]).toContain(g.padBottom - g.padTop);
      expect([0, 1]).toContain(g.padRight - g.padLeft);
    }),
  );
});

test('explicit, equal and valid padding', () => {
  const shape = (padding: Parameters<typeof conv2dGeometry>[2]) =>
    outputShape(conv2dGeometry([1, 7, 9, 4], [3, 3, 2, 6], { groups: 2, ...padding })).slice(1, 3);
  expect(shape({ padding: 'valid' })).toEqual([5, 7]);
  expect(shape({ padding: 2, dilations: [1, 3] })).toEqual([9, 7]);
  expect(shape({ padding: { top: 1, bottom: 0, left: 0, right: 4 }, strides: [2, 3] })).toEqual([3, 4]);
  expect(dilatedSize(3, 4)).toBe(9);
});

test('shapes come back out of the geometry', () => {
  const g = conv2dGeometry([1, 7, 9, 4], [3, 1, 2, 6], { groups: 2 });
  expect([inputShape(g), filterShape(g)]).toEqual([
    [1, 7, 9, 4],
    [3, 1, 2, 6],
  ]);
});

test('what does not fit is an error that says what was found', () => {
  expect(() => conv2dGeometry([1, 7, 9], [3, 3, 2, 6])).toThrow(
    'conv2dGeometry: input must be [N, H, W, C], got [1, 7, 9]',
  );
  expect(() => conv2dGeometry([1, 7, 9, 4], [3, 3, 6])).toThrow(
    'filter must be [kh, kw, C / groups, O], got [3, 3, 6]',
  );
  expect(() => conv2dGeometry([1, 7, 9, 4], [3, 3, 3, 6])).toThrow('must match 4 input channels');
  expect(() => conv2dGeometry([1, 7, 9, 4], [3, 3, 2, 5], { groups: 2 })).toThrow('divide 5 output channels');
  expect(() => conv2dGeometry([1, 2, 9, 4], [3, 3, 4, 5], { padding: 'valid' })).toThrow(
    'a kernel of extent 3 must fit into 2 + 0 + 0',
  );
});
