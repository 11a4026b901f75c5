import { Random } from '@onebit/common';
import { loadNative, nativeReport } from '@onebit/kernels';
import { runReadingSync, tf } from '@onebit/ops';
import { registerNativeBackend } from '@onebit/tfjs-backend-native';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { withEverySet } from '../../kernels/src/native/vector/testing.js';
import { bestAbove, type Table } from '../src/boxes/best-above.js';
import { matchPriors } from '../src/boxes/matcher.js';
import { suppress } from '../src/boxes/nms.js';

const { available, tried } = nativeReport();
if (!available && (process.env.ONEBIT_REQUIRE ?? '').split(',').includes('native')) throw new Error(tried.join('; '));

/** Corners on a coarse grid, so that equal overlaps, empty boxes and touching edges occur; some with NaN or infinity. */
function boxes(count: number, seed: number, odd = false): Float32Array {
  const random = new Random(seed);
  const out = new Float32Array(count * 4);
  for (let i = 0; i < out.length; i += 4) {
    const [x, y] = [random.int(20) / 7, random.int(20) / 7];
    out.set([x, y, x + random.int(9) / 7, y + random.int(9) / 7], i);
    if (odd && random.int(10) === 0) out[i + random.int(4)] = [Number.NaN, Number.POSITIVE_INFINITY][random.int(2)];
  }
  return out;
}

/** The loops, then the native kernels with every set of this machine and 1 and 2 threads: all equal to the bit. */
function expectEqualEverywhere<T>(run: () => T): void {
  tf.setBackend('cpu');
  const expected = run();
  tf.setBackend('native');
  withEverySet((_, label) => expect(run(), label).toEqual(expected));
}

describe.skipIf(!available)('native kernels for boxes equal the loops', () => {
  beforeAll(async () => {
    registerNativeBackend();
    await tf.setBackend('native');
  });

  test('matching', () => {
    const sizes = fc.tuple(fc.array(fc.nat({ max: 9 }), { maxLength: 4 }), fc.nat({ max: 140 }), fc.nat());
    fc.assert(
      fc.property(sizes, ([truths, priors, seed]) => {
        const images = truths.map((count, b) => boxes(count, seed + b, true));
        expectEqualEverywhere(() => matchPriors(images, boxes(priors, seed + 100)));
      }),
      { numRuns: 30 },
    );
  });

  test('suppression in groups', () => {
    const sizes = fc.tuple(fc.array(fc.nat({ max: 90 }), { maxLength: 4 }), fc.constantFrom(0, 0.3, 0.45, 1), fc.nat());
    fc.assert(
      fc.property(sizes, ([counts, iou, seed]) => {
        let total = 0;
        const ends = Int32Array.from(counts, (count) => (total += count));
        expectEqualEverywhere(() => suppress(boxes(total, seed, true), ends, iou));
      }),
      { numRuns: 30 },
    );
  });

  test('ranking of rows by a column', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 80 }), fc.nat({ max: 30 }), fc.nat());
    fc.assert(
      fc.property(sizes, ([columns, rows, limit, seed]) => {
        const random = new Random(seed);
        const values = [Number.NaN, 0, -0];
        const table = Float32Array.from(
          { length: 3 * rows * columns },
          () => values[random.int(40)] ?? random.int(9) / 8,
        );
        const rankings = Array.from({ length: random.int(6) }, () => ({
          start: random.int(2 * rows + 1),
          column: random.int(columns),
        }));
        const options = { threshold: 0.25, limit };
        const best = (of: Table) => runReadingSync(bestAbove(of, columns, rows, rankings, options));
        expectEqualEverywhere(() => best(table));
        const tensor = tf.tensor2d(table, [3 * rows, columns]);
        expect(best(tensor)).toEqual(best(table));
        tensor.dispose();
      }),
      { numRuns: 30 },
    );
  });

  test('sizes and ends are checked', () => {
    const native = loadNative();
    const [two, i32] = [new Float32Array(8), (...values: number[]) => Int32Array.from(values)];
    const kept = new Uint8Array(2);
    expect(() => native.suppress(two, i32(1), 0.5, kept)).toThrow(/ends must close with the number of boxes 2, got 1/);
    expect(() => native.suppress(two, i32(2, 1), 0.5, kept)).toThrow(/ends must ascend/);
    expect(() => native.suppress(two, i32(2), 0.5, new Uint8Array(1))).toThrow(/kept must have length 2/);
    expect(() => native.suppress(new Float32Array(7), i32(2), 0.5, kept)).toThrow(/rows of 4 corners/);
    const match = (truth: number) =>
      native.matchPriors(two, i32(1, 2), two, new Int32Array(truth), new Float32Array(4), i32(0, 0));
    expect(() => match(3)).toThrow(/truth must have length 4, got 3/);
    const best = (start: number, column: number, places = 2) =>
      native.bestAbove(two, 4, 2, i32(start), i32(column), 0, 2, new Int32Array(places), new Float32Array(2), i32(0));
    expect(() => best(1, 0)).toThrow(/starts must leave 2 rows of 2, got 1/);
    expect(() => best(0, 4)).toThrow(/picked must be in \[0, 4\), got 4/);
    expect(() => best(0, 0, 1)).toThrow(/best must have length 2/);
    best(0, 3);
  });
});
