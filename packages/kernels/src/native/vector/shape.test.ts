import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../reference/vector/indexing.js';
import { loadNative, nativeReport } from '../load.js';
import type { Shape } from './elementwise.js';
import { compareWithReference, randomFloats, randomInts, unwritten } from './testing.js';

const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 });
const runs = { numRuns: 30 };

function permuted<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, k) => [((seed >>> k) * 2654435761) % 1009, item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

describe.skipIf(!nativeReport().available)('kernels that move values', () => {
  test('transpose equals the reference', () => {
    fc.assert(
      fc.property(shape, fc.nat(), (size, seed) => {
        const axes = permuted(
          size.map((_, k) => k),
          seed,
        );
        const n = sizeOf(size);
        const x = randomFloats(n, 1);
        compareWithReference((kernels, y) => kernels.transpose(x, size, axes, y), [unwritten(n)]);
        const bytes = Uint8Array.from(x);
        compareWithReference((kernels, y) => kernels.transpose(bytes, size, axes, y), [new Uint8Array(n)]);
      }),
      runs,
    );
  });

  test.each<[Shape, number[]]>([
    [
      [300, 301],
      [1, 0],
    ],
    [
      [4, 31, 33, 65],
      [0, 3, 1, 2],
    ],
    [
      [4, 65, 31, 33],
      [0, 2, 3, 1],
    ],
    [
      [3, 3, 64, 130],
      [0, 1, 3, 2],
    ],
    [
      [2, 3, 4, 5, 60, 7],
      [5, 4, 3, 2, 1, 0],
    ],
  ])('transpose of %j by %j', (size, axes) => {
    const x = randomFloats(sizeOf(size), 1);
    compareWithReference((kernels, y) => kernels.transpose(x, size, axes, y), [unwritten(x.length)]);
  });

  test('tile equals the reference', () => {
    fc.assert(
      fc.property(shape, fc.nat(), (size, seed) => {
        const repeats = size.map((_, k) => (seed >>> (2 * k)) & 3);
        const x = randomInts(sizeOf(size), 1, -9, 9);
        const length = sizeOf(size) * sizeOf(repeats);
        compareWithReference((kernels, y) => kernels.tile(x, size, repeats, y), [new Int32Array(length).fill(99)]);
      }),
      runs,
    );
    const channels = randomFloats(65, 2);
    compareWithReference((kernels, y) => kernels.tile(channels, [1, 65], [1500, 1], y), [unwritten(65 * 1500)]);
  });

  test('pad equals the reference', () => {
    fc.assert(
      fc.property(shape, fc.nat(), (size, seed) => {
        const before = size.map((_, k) => (seed >>> (2 * k)) & 3);
        const after = size.map((_, k) => (seed >>> (2 * k + 1)) & 3);
        const x = randomFloats(sizeOf(size), 1);
        const length = sizeOf(size.map((value, k) => before[k] + value + after[k]));
        compareWithReference((kernels, y) => kernels.pad(x, size, before, after, -2.5, y), [unwritten(length)]);
        const bytes = new Uint8Array(x.length).fill(1);
        compareWithReference((kernels, y) => kernels.pad(bytes, size, before, after, 3, y), [new Uint8Array(length)]);
      }),
      runs,
    );
  });

  test('slices equal the reference, backwards too', () => {
    fc.assert(
      fc.property(shape, fc.nat(), fc.nat(), (size, seed, other) => {
        const x = randomFloats(sizeOf(size), 1);
        const begin = size.map((value, k) => (value === 0 ? 0 : (seed >>> (2 * k)) % value));
        const forward = size.map((value, k) => (value === 0 ? 0 : 1 + ((other >>> k) % (value - begin[k]))));
        compareWithReference((kernels, y) => kernels.slice(x, size, begin, forward, y), [unwritten(sizeOf(forward))]);
        const steps = size.map((_, k) => [1, -1, 2, -2][(other >>> k) & 3]);
        const count = size.map((value, k) => {
          const room = steps[k] > 0 ? value - 1 - begin[k] : begin[k];
          return value === 0 ? 0 : Math.floor(room / Math.abs(steps[k])) + 1;
        });
        compareWithReference(
          (kernels, y) => kernels.stridedSlice(x, size, begin, steps, count, y),
          [unwritten(sizeOf(count))],
        );
      }),
      runs,
    );
  });

  test('concat equals the reference', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.nat(70), { minLength: 1, maxLength: 5 }),
        (outer, widths) => {
          const inputs = widths.map((width, k) => randomFloats(outer * width, k));
          const total = outer * widths.reduce((a, b) => a + b, 0);
          compareWithReference((kernels, y) => kernels.concat(inputs, outer, widths, y), [unwritten(total)]);
        },
      ),
      runs,
    );
  });

  test.each([
    [1, 7, 3, 5],
    [3, 4, 1, 9],
    [2, 300, 130, 500],
    [2, 5, 3, 0],
    [2, 5, 0, 4],
  ])('gather and segment sum: outer %i, rows %i, inner %i, %i indices', (outer, rows, inner, count) => {
    const x = randomFloats(outer * rows * inner, 1);
    const indices = randomInts(count, 2, 0, rows);
    compareWithReference(
      (kernels, y) => kernels.gather(x, outer, rows, inner, indices, y),
      [unwritten(outer * count * inner)],
    );
    const values = randomFloats(count * inner, 3);
    const ids = randomInts(count, 4, -1, rows + 1);
    compareWithReference(
      (kernels, y) => kernels.unsortedSegmentSum(values, ids, rows, inner, y),
      [unwritten(rows * inner)],
      {
        absolute: 1e-5,
      },
    );
  });

  test('oneHot equals the reference', () => {
    const indices = Int32Array.from([0, 4, -1, 5, 2]);
    for (const y of [new Float32Array(25), new Int32Array(25), new Uint8Array(25)]) {
      compareWithReference((kernels, out) => kernels.oneHot(indices, 5, 2, 1, out), [y.fill(9)]);
    }
  });

  test('every size and index is checked', () => {
    const kernels = loadNative();
    const [x, y] = [new Float32Array(6), new Float32Array(6)];
    expect(() => kernels.transpose(x, [2, 3], [0, 0], y)).toThrow(/every dimension once/);
    expect(() => kernels.transpose(x, [2, 3], [1, 0], x)).toThrow(/share memory/);
    expect(() => kernels.transpose(x, [2, 4], [1, 0], y)).toThrow(/length of shape/);
    expect(() => kernels.slice(x, [2, 3], [1, 1], [2, 3], y)).toThrow(/inside \[0, 2\)/);
    expect(() => kernels.stridedSlice(x, [6], [2], [-1], [6], y)).toThrow(/inside \[0, 6\), got 2 to -3/);
    expect(() => kernels.stridedSlice(x, [6], [0], [0], [6], y)).toThrow(/not be 0/);
    expect(() => kernels.tile(x, [6], [2], y)).toThrow(/length 12, got 6/);
    expect(() => kernels.pad(x, [6], [1], [-1], 0, y)).toThrow(/after/);
    expect(() => kernels.concat([x, x], 3, [2, 3], y)).toThrow(/inputs\[1\] must have length 9/);
    expect(() => kernels.gather(x, 1, 3, 2, Int32Array.of(0, 3, 1), y)).toThrow(/\[0, 3\), got 3/);
    expect(() => kernels.gather(x, 2 ** 39, 2 ** 39, 2, Int32Array.of(0), y)).toThrow(/overflow/);
    expect(() => kernels.unsortedSegmentSum(x, Int32Array.of(0), 1, 5, y)).toThrow(/ids.length \* inner/);
    expect(() => kernels.oneHot(Int32Array.of(1), 5, 1, 0, y)).toThrow(/length 5, got 6/);
  });
});
