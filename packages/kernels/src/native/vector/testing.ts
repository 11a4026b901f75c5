// Helpers of the tests beside this file.
import { Random } from '@onebit/common';
import { expect } from 'vitest';
import { referenceVectorKernels } from '../../reference/vector.js';
import { loadNative } from '../load.js';
import type { VectorKernels } from '../vector.js';
import type { TensorArray } from './elementwise.js';

/** How far a value may be from the reference's: absolute + relative · |expected|. Integers are compared exactly. */
export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

/** Runs `check` with every kernel set of this machine and with 1 and 2 threads. */
export function withEverySet(check: (kernels: VectorKernels, label: string) => void): void {
  const native = loadNative();
  const { kernelSet, threads } = native;
  try {
    for (const set of native.supportedKernelSets()) {
      native.setKernelSet(set);
      for (const count of [1, 2]) {
        native.setThreads(count);
        check(native, `${set}, ${count} threads`);
      }
    }
  } finally {
    native.setKernelSet(kernelSet);
    native.setThreads(threads);
  }
}

/**
 * Runs the same call natively and by the reference. `outputs` are copied for each run: what they hold is overwritten, or updated in place.
 * Returns what the reference wrote.
 */
export function compareWithReference<T extends readonly TensorArray[]>(
  call: (kernels: VectorKernels, ...outputs: T) => void,
  outputs: T,
  tolerance: Tolerance = {},
): T {
  const copy = () => outputs.map((output) => output.slice()) as unknown as T;
  const expected = copy();
  call(referenceVectorKernels, ...expected);
  withEverySet((kernels, label) => {
    const guarded = outputs.map(guardedCopy);
    call(kernels, ...(guarded.map(({ array }) => array) as unknown as T));
    guarded.forEach(({ array, intact }, k) => {
      expectClose(array, expected[k], tolerance, `${label}, output ${k}`);
      expect(intact(), `${label}, output ${k}: written outside`).toBe(true);
    });
  });
  return expected;
}

/** A copy inside a larger array, at no aligned address; `intact` tells whether the surroundings are as they were. */
function guardedCopy(output: TensorArray): { array: TensorArray; intact: () => boolean } {
  const margin = 17;
  const type = output.constructor as Float32ArrayConstructor;
  const whole = new type(output.length + 2 * margin).fill(77);
  const array = whole.subarray(margin, margin + output.length);
  array.set(output);
  const outside = (i: number) => i < margin || i >= margin + output.length;
  return { array, intact: () => whole.every((value, i) => !outside(i) || value === 77) };
}

export function expectClose(actual: TensorArray, expected: TensorArray, tolerance: Tolerance, label = ''): void {
  const { relative = 0, absolute = 0 } = tolerance;
  expect(actual.length, label).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (Math.abs(a - e) <= absolute + relative * Math.abs(e)) continue;
    expect.fail(`${label}: entry ${i} of ${expected.length} is ${a}, expected ${e}`);
  }
}

/** Normal values, reproducible. */
export function randomFloats(length: number, seed: number, spread = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal() * spread);
}

/** Whole numbers in [low, high), reproducible. */
export function randomInts(length: number, seed: number, low: number, high: number): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => low + Math.floor(random.next() * (high - low)));
}

/** An output whose every entry must be written: filled with a value no kernel produces. */
export function unwritten(length: number): Float32Array {
  return new Float32Array(length).fill(-12345.678);
}

export function innerProduct(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
