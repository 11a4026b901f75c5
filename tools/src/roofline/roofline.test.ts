import { expect, test } from 'vitest';
import { boundOf, phaseOf, sumBounds } from './roofline.js';

const machine = {
  threads: 2,
  operationsPerSecond: { 'fp32-fma': 1e9, 'xor-popcount': 1e10, 'sign-lookup': 2e9 },
  bytesPerSecond: 1e9,
} as const;

test('the longer of arithmetic and memory bounds a call, and calls add up', () => {
  const arithmetic = boundOf({ operations: 2e7, peak: 'sign-lookup', bytes: 1e6 }, machine);
  expect(arithmetic).toEqual({ operations: 2e7, bytes: 1e6, operationsMs: 10, bytesMs: 1, leastMs: 10 });
  const memory = boundOf({ operations: 0, peak: 'fp32-fma', bytes: 3e6 }, machine);
  expect(memory.leastMs).toBe(3);
  expect(sumBounds([arithmetic, memory])).toEqual({
    ...{ operations: 2e7, bytes: 4e6, operationsMs: 10, bytesMs: 4, leastMs: 13 },
  });
  expect(sumBounds([]).leastMs).toBe(0);
});

test.each([
  ['Conv2D', 'forward convolutions'],
  ['BinaryConv2DBits', 'forward convolutions'],
  ['PackMask', 'forward convolutions'],
  ['BinaryWeightScales', 'forward convolutions'],
  ['Conv2DBackpropInput', 'backward convolutions'],
  ['DepthwiseConv2DFilterGradient', 'backward convolutions'],
  ['BinaryScaleGradient', 'backward convolutions'],
  ['BinarizeWeightGradient', 'backward convolutions'],
  ['BatchNormTrainGradient', 'normalisation and sums'],
  ['AddN', 'normalisation and sums'],
  ['AdamUpdate', 'optimizer'],
  ['GlobalNorm', 'optimizer'],
  ['MaxPool', 'rest'],
  ['SoftmaxCrossEntropyGradient', 'rest'],
])('%s belongs to %s', (kernel, phase) => {
  expect(phaseOf(kernel)).toBe(phase);
});
