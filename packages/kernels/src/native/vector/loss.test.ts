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

/** Logits with equal rows among them, so that losses tie; about one label in five is above 0. */
function mining(rows: number, classes: number, seed: number) {
  const logits = randomFloats(rows * classes, seed, 2);
  const labels = randomInts(rows, seed + 1, 0, 5 * classes).map((label) => (label < classes ? label : 0));
  for (let row = 3; row < rows; row += 3) logits.copyWithin(row * classes, (row - 3) * classes, (row - 2) * classes);
  return { logits, labels };
}

describe.skipIf(!nativeReport().available)('mined cross-entropy', () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.nat({ max: 60 }),
    fc.constantFrom(1, 2, 5, 21),
    fc.constantFrom(0, 1.5, 3),
    fc.nat(),
  );

  test('chooses, sums and differentiates as the reference', () => {
    fc.assert(
      fc.property(sizes, ([images, each, classes, ratio, seed]) => {
        const { logits, labels } = mining(images * each, classes, seed);
        const [chosen] = compareWithReference(
          (kernels, taken, sum) => {
            sum[0] = kernels.minedCrossEntropy(logits, classes, labels, images, ratio, taken);
          },
          [new Uint8Array(labels.length).fill(7), unwritten(1)],
          { relative: 1e-5, absolute: 1e-5 },
        );
        compareWithReference(
          (kernels, dx) => kernels.minedCrossEntropyGradient(logits, classes, labels, chosen, 0.7, dx),
          [unwritten(logits.length)],
          tolerance,
        );
      }),
      { numRuns: 25 },
    );
  });

  test('arguments are checked', () => {
    const kernels = loadNative();
    const run = (images: number, ratio: number, label = 0, chosen = 4) =>
      kernels.minedCrossEntropy(
        new Float32Array(8),
        2,
        Int32Array.of(0, 0, 1, label),
        images,
        ratio,
        new Uint8Array(chosen),
      );
    expect(() => run(3, 3)).toThrow(/images must divide the rows 4, got 3/);
    expect(() => run(2, -1)).toThrow(/ratio must be 0 or more/);
    expect(() => run(2, 3, 2)).toThrow(/labels must be in \[0, 2\)/);
    expect(() => run(2, 3, 0, 3)).toThrow(/chosen must have length 4/);
    expect(run(2, Number.POSITIVE_INFINITY)).toBeCloseTo(2 * Math.log(2), 6);
  });
});

describe.skipIf(!nativeReport().available)('entropy of picked probabilities', () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.nat({ max: 900 }),
    fc.constantFrom(1, 2, 5, 21, 33),
    fc.nat(),
  );

  test('and its gradient equal the reference, rows may be picked again', () => {
    fc.assert(
      fc.property(sizes, ([rows, count, classes, seed]) => {
        const logits = randomFloats(rows * classes, seed, 2);
        const picks = [
          randomInts(count, seed, 0, rows),
          randomInts(count, seed + 1, 0, classes),
          randomFloats(count, seed + 2).map((x) => 1 + Math.abs(x)),
          randomFloats(count, seed + 3).map((x) => x / Math.max(count, 1)),
        ] as const;
        const wide = { relative: 1e-4, absolute: 1e-5 };
        const entropy = (kernels: Parameters<Parameters<typeof withEverySet>[0]>[0], sum: Float32Array) => {
          sum[0] = kernels.pickedEntropy(logits, classes, ...picks);
        };
        compareWithReference(entropy, [unwritten(1)], wide);
        compareWithReference(
          (kernels, dx) => kernels.pickedEntropyGradient(logits, classes, ...picks, 0.7, dx),
          [unwritten(logits.length)],
          wide,
        );
      }),
      { numRuns: 15 },
    );
  });

  test('arguments are checked', () => {
    const [kernels, one] = [loadNative(), Float32Array.of(1)];
    const run = (row: number, column: number, totals = one) =>
      kernels.pickedEntropy(new Float32Array(6), 3, Int32Array.of(row), Int32Array.of(column), totals, one);
    expect(() => run(2, 0)).toThrow(/rows must be in \[0, 2\), got 2/);
    expect(() => run(1, 3)).toThrow(/columns must be in \[0, 3\), got 3/);
    expect(() => run(1, 2, new Float32Array(2))).toThrow(/totals must have length 1/);
    expect(run(1, 2)).toBeCloseTo(Math.log(1 / 3) / 3, 6);
  });
});

describe.skipIf(!nativeReport().available)('smooth L1 of rows', () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 20 }),
    fc.nat({ max: 50 }),
    fc.constantFrom([4, 0], [8, 4], [5, 1]),
    fc.nat(),
  );

  test('and its gradient equal the reference, rows may come again', () => {
    fc.assert(
      fc.property(sizes, ([rows, picked, [width, column], seed]) => {
        const x = randomFloats(rows * width, seed, 2);
        const of = [
          x,
          width,
          column,
          4,
          randomInts(picked, seed, 0, rows),
          randomFloats(picked * 4, seed + 1),
        ] as const;
        const sum = (kernels: Parameters<Parameters<typeof withEverySet>[0]>[0], out: Float32Array) => {
          out[0] = kernels.smoothL1Rows(...of);
        };
        compareWithReference(sum, [unwritten(1)], { relative: 1e-5, absolute: 1e-6 });
        compareWithReference((kernels, dx) => kernels.smoothL1RowsGradient(...of, 0.7, dx), [unwritten(x.length)], {
          relative: 1e-5,
          absolute: 1e-5,
        });
      }),
      { numRuns: 20 },
    );
  });

  test('arguments are checked', () => {
    const run = (row: number, column: number, targets: number) =>
      loadNative().smoothL1Rows(new Float32Array(10), 5, column, 4, Int32Array.of(row), new Float32Array(targets));
    expect(() => run(2, 1, 4)).toThrow(/rows must be in \[0, 2\), got 2/);
    expect(() => run(0, 2, 4)).toThrow(/count must be an integer in \[0, 3\], got 4/);
    expect(() => run(0, 1, 3)).toThrow(/targets must have length 4, got 3/);
    expect(run(1, 1, 4)).toBe(0);
  });
});
