import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lossReference } from '../../reference/vector/loss.js';
import { loadNative, nativeReport } from '../load.js';
import { compareWithReference, innerProduct, randomFloats, randomInts, unwritten, withEverySet } from './testing.js';

// exp and the sum of at most 1000 of them in float32.
const tolerance = { relative: 2e-6, absolute: 2e-6 };
const sizes = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(1, 2, 3, 16, 21, 31, 65, 1000), fc.nat());

function compareAll(x: Float32Array, classes: number): void {
  const rows = x.length / classes;
  const labels = randomInts(rows, 3, 0, classes);
  const dloss = randomFloats(rows, 4);
  compareWithReference((kernels, y) => kernels.softmax(x, classes, y), [unwritten(x.length)], tolerance);
  compareWithReference((kernels, y) => kernels.logSoftmax(x, classes, y), [unwritten(x.length)], tolerance);
  compareWithReference(
    (kernels, loss) => kernels.softmaxCrossEntropy(x, classes, labels, loss),
    [unwritten(rows)],
    tolerance,
  );
  compareWithReference(
    (kernels, dx) => kernels.softmaxCrossEntropyGradient(x, classes, labels, dloss, dx),
    [unwritten(x.length)],
    tolerance,
  );
}

describe.skipIf(!nativeReport().available)('softmax and cross-entropy', () => {
  test('equal the reference', () => {
    fc.assert(
      fc.property(sizes, ([rows, classes, seed]) => compareAll(randomFloats(rows * classes, seed, 3), classes)),
      { numRuns: 25 },
    );
    compareAll(randomFloats(2500 * 21, 1, 3), 21);
  });

  test('logits of any size give finite results', () => {
    compareAll(Float32Array.of(1e30, 0, -1e30, 500, 499, -500, -1000, -1001, -1002, 88, 89, 90), 3);
    withEverySet((kernels) => {
      const y = new Float32Array(3);
      kernels.softmax(Float32Array.of(0, Number.NaN, 1), 3, y);
      expect([...y].every(Number.isNaN)).toBe(true);
      kernels.softmax(Float32Array.of(0, Number.NEGATIVE_INFINITY, 0), 3, y);
      expect([...y]).toEqual([0.5, 0, 0.5]);
    });
  });

  test('the gradient is the derivative, by finite differences', () => {
    const [rows, classes] = [7, 5];
    const x = randomFloats(rows * classes, 1);
    const labels = randomInts(rows, 2, 0, classes);
    const dloss = randomFloats(rows, 3);
    const direction = randomFloats(x.length, 4);
    const moved = (step: number) => {
      const loss = new Float32Array(rows);
      const at = x.map((value, i) => value + step * direction[i]);
      lossReference.softmaxCrossEntropy(at, classes, labels, loss);
      return innerProduct(loss, dloss);
    };
    const dx = new Float32Array(x.length);
    loadNative().softmaxCrossEntropyGradient(x, classes, labels, dloss, dx);
    expect((moved(1e-2) - moved(-1e-2)) / 2e-2).toBeCloseTo(innerProduct(dx, direction), 2);
  });

  test('labels and sizes are checked', () => {
    const kernels = loadNative();
    const loss = (labels: number[], classes = 3, size = 6) =>
      kernels.softmaxCrossEntropy(
        new Float32Array(size),
        classes,
        Int32Array.from(labels),
        new Float32Array(labels.length),
      );
    loss([0, 2]);
    expect(() => loss([0, 3])).toThrow(/\[0, 3\), got 3 at row 1/);
    expect(() => loss([0, -1])).toThrow(/got -1/);
    expect(() => loss([0])).toThrow(/labels must have length 2, got 1/);
    expect(() => loss([0], 4)).toThrow(/whole rows of 4 classes/);
    expect(() => loss([], 0, 0)).toThrow(/classes/);
  });
});
