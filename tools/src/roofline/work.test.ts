import type { KernelCall } from '@onebit/tfjs-backend-native';
import { expect, test } from 'vitest';
import { kernelWork } from './work.js';

let nextId = 0;
const tensor = (shape: number[], dtype: 'float32' | 'int32' | 'bool' = 'float32') => ({
  dataId: { id: nextId++ },
  shape,
  dtype,
});
const call = (
  name: string,
  inputs: KernelCall['inputs'],
  outputs: KernelCall['outputs'],
  attributes: object = {},
): KernelCall => ({ name, inputs, outputs, attributes });

/** 5x4 cells of 2 pictures, 3x3 taps, 6 channels in 2 groups to 8. */
const geometry = {
  ...{ batch: 2, outHeight: 5, outWidth: 4, outChannels: 8, inChannels: 6, groups: 2 },
  ...{ kernelHeight: 3, kernelWidth: 3 },
};
const macs = 2 * 5 * 4 * 8 * 9 * 3;

test('an element-wise kernel moves its tensors and multiplies nothing; a flag takes one byte', () => {
  const work = kernelWork(call('Greater', [tensor([3, 5]), tensor([5])], [tensor([3, 5], 'bool')]));
  expect(work).toEqual({ operations: 0, peak: 'fp32-fma', bytes: 4 * 15 + 4 * 5 + 15 });
});

test('a kernel that hands on the memory of its input does nothing', () => {
  const x = tensor([2, 6]);
  expect(kernelWork(call('Reshape', [x], [{ ...x, shape: [12] }])).bytes).toBe(0);
});

test.each([
  ['Conv2DInputGradient', 'fp32-fma'],
  ['Conv2DFilterGradient', 'fp32-fma'],
  ['BinaryConv2DBitsInputGradient', 'sign-lookup'],
  ['BinaryConv2DBitsFilterGradient', 'sign-lookup'],
  ['BinaryConv2DBitsLatentGradient', 'sign-lookup'],
])('%s has two operations for each tap of each output, at the %s peak', (name, peak) => {
  const [a, b, y] = [tensor([2, 3]), tensor([3]), tensor([2, 2])];
  expect(kernelWork(call(name, [a, b], [y], { geometry }))).toEqual({ operations: 2 * macs, peak, bytes: 4 * 13 });
});

test('every term of a sum of binary convolutions counts; scales are not terms', () => {
  const term = () => [tensor([2, 5, 4, 1], 'int32'), tensor([8, 3, 3, 1], 'int32'), tensor([8])];
  const work = kernelWork(call('BinaryConv2DBits', [...term(), ...term()], [tensor([2, 5, 4, 8])], { geometry }));
  expect(work).toMatchObject({ operations: 2 * 2 * macs, peak: 'xor-popcount' });
});

test('TensorFlow.js convolutions and products say their sizes in their tensors', () => {
  const [x, filter, y] = [tensor([2, 9, 9, 6]), tensor([3, 3, 6, 8]), tensor([2, 7, 7, 8])];
  expect(kernelWork(call('Conv2D', [x, filter], [y])).operations).toBe(2 * 2 * 49 * 8 * 54);
  const [deep, out] = [tensor([3, 3, 6, 2]), tensor([2, 7, 7, 12])];
  expect(kernelWork(call('DepthwiseConv2dNative', [x, deep], [out])).operations).toBe(2 * 2 * 49 * 12 * 9);
  const [a, b, product] = [tensor([1, 7, 3]), tensor([1, 7, 5]), tensor([1, 3, 5])];
  const transposed = call('BatchMatMul', [a, b], [product], { transposeA: true });
  expect(kernelWork(transposed).operations).toBe(2 * 3 * 5 * 7);
});

test('a slice reads what it writes; a sum in place writes its first term', () => {
  expect(kernelWork(call('Slice', [tensor([100])], [tensor([10])])).bytes).toBe(80);
  const [running, term] = [tensor([10]), tensor([10])];
  expect(kernelWork(call('Accumulate', [running, term], [running])).bytes).toBe(120);
});

test('an update reads gradients, and reads and writes variables and moments; its tensors are attributes', () => {
  const parameters = [{ variable: tensor([10]) }, { variable: tensor([5]), velocity: tensor([5]) }];
  expect(kernelWork(call('AdamUpdate', [], [], { parameters })).bytes).toBe(4 * 15 * 7);
  expect(kernelWork(call('SgdUpdate', [], [], { parameters })).bytes).toBe(4 * (10 * 3 + 5 * 5));
  expect(kernelWork(call('AverageUpdate', [], [], { averages: [tensor([10])] })).bytes).toBe(120);
});
