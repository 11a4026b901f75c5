import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binarizeReference } from '../../reference/vector/binarize.js';
import { loadNative, nativeReport } from '../load.js';
import type { WeightGradient, WeightScale } from './binarize.js';
import { compareWithReference, innerProduct, randomFloats, randomInts, unwritten } from './testing.js';

const scales: WeightScale[] = ['none', 'filter-mean', 'layer-mean'];
const gradients: WeightGradient[] = ['identity', 'clip', 'scale-chain'];
const sizes = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom(1, 3, 16, 31, 64, 65), fc.nat());
const tolerance = { relative: 1e-5, absolute: 1e-5 };

/** Weights with zeros of both signs among them. */
function weights(rows: number, columns: number, seed: number): Float32Array {
  const w = randomFloats(rows * columns, seed);
  randomInts(w.length >> 3, seed, 0, Math.max(w.length, 1)).forEach((at, k) => {
    w[at] = k % 2 === 0 ? 0 : -0;
  });
  return w;
}

function compareAll(rows: number, columns: number, seed: number): void {
  const w = weights(rows, columns, seed);
  const dBinary = randomFloats(w.length, seed + 1);
  for (const scale of scales) {
    const [, scaleValues] = compareWithReference(
      (kernels, binary, values) => kernels.binarizeWeight(w, columns, scale, seed % 2 === 0 ? 1 : 0, binary, values),
      [unwritten(w.length), unwritten(columns)],
      tolerance,
    );
    const alone = unwritten(columns);
    loadNative().weightScales(w, columns, scale, alone);
    expect(alone).toEqual(scaleValues);
    for (const gradient of gradients) {
      compareWithReference(
        (kernels, dw) => kernels.binarizeWeightGradient(w, columns, scale, gradient, scaleValues, dBinary, dw),
        [unwritten(w.length)],
        tolerance,
      );
      compareWithReference(
        (kernels, both) => kernels.binarizeWeightGradient(w, columns, scale, gradient, scaleValues, both, both),
        [dBinary],
        tolerance,
      );
    }
  }
}

describe.skipIf(!nativeReport().available)('binarization of weights', () => {
  test('equals the reference for every scale and gradient', () => {
    fc.assert(
      fc.property(sizes, ([rows, columns, seed]) => compareAll(rows, columns, seed)),
      { numRuns: 20 },
    );
  });

  test('large filters are spread over threads', () => {
    compareAll(1153, 64, 1);
  });

  test('minus zero is +1, or 0 where the sign of zero is 0', () => {
    const kernels = loadNative();
    const [binary, values] = [new Float32Array(4), new Float32Array(1)];
    kernels.binarizeWeight(Float32Array.of(-0, 0, -2, 2), 1, 'none', 1, binary, values);
    expect([...binary, ...values]).toEqual([1, 1, -1, 1, 1]);
    kernels.binarizeWeight(Float32Array.of(-0, 0, -2, 2), 1, 'filter-mean', 0, binary, values);
    expect([...binary].map((value) => value + 0)).toEqual([0, 0, -1, 1]);
  });

  test('the part of scale-chain that goes through the scale is its derivative', () => {
    // While no weight changes its sign, B moves only with the scale: finite differences see exactly the second term of scale-chain.
    const [rows, columns] = [9, 4];
    const w = randomFloats(rows * columns, 1);
    const dBinary = randomFloats(w.length, 2);
    const direction = randomFloats(w.length, 3).map((value, i) => value * Math.min(1, Math.abs(w[i])));
    const loss = (step: number) => {
      const [binary, values] = [new Float32Array(w.length), new Float32Array(columns)];
      const at = w.map((value, i) => value + step * direction[i]);
      binarizeReference.binarizeWeight(at, columns, 'filter-mean', 1, binary, values);
      return innerProduct(binary, dBinary);
    };
    const [dw, values] = [new Float32Array(w.length), new Float32Array(columns)];
    const kernels = loadNative();
    kernels.binarizeWeight(w, columns, 'filter-mean', 1, new Float32Array(w.length), values);
    kernels.binarizeWeightGradient(w, columns, 'filter-mean', 'scale-chain', values, dBinary, dw);
    const throughScale = dw.map((value, i) => value - values[i % columns] * dBinary[i]);
    expect((loss(1e-2) - loss(-1e-2)) / 2e-2).toBeCloseTo(innerProduct(throughScale, direction), 3);
  });

  test('names and sizes are checked', () => {
    const kernels = loadNative();
    const run = (size: number, columns: number, scale: string) =>
      kernels.binarizeWeight(
        new Float32Array(size),
        columns,
        scale as WeightScale,
        1,
        new Float32Array(size),
        new Float32Array(columns),
      );
    expect(() => run(5, 2, 'none')).toThrow(/whole rows of 2 output channels/);
    expect(() => run(4, 2, 'mean')).toThrow(/scale must be one of none, filter-mean, layer-mean, got mean/);
    expect(() => run(4, 0, 'none')).toThrow(/outChannels/);
  });
});
