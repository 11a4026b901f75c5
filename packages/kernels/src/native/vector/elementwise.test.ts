import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arithmeticFunctions,
  broadcastShape,
  unaryFunctions,
  unaryGradients,
} from '../../reference/vector/elementwise.js';
import { sizeOf } from '../../reference/vector/indexing.js';
import { loadNative, nativeReport } from '../load.js';
import type { ArithmeticOp, CompareOp, TestOp, UnaryGradientOp, UnaryOp } from './elementwise.js';
import { compareWithReference, expectClose, randomFloats, randomInts, unwritten, withEverySet } from './testing.js';

const special = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 6, 7, 88, 89, -88, -104, -200, 1e-40, -1e-40, 3.4e38, -3.4e38,
];
const specialFloats = Float32Array.from([...special, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
const intOps: UnaryOp[] = ['abs', 'neg', 'square', 'sign', 'relu', 'relu6', 'step', 'clipByValue'];
const intArithmetic: ArithmeticOp[] = [
  'add',
  'sub',
  'multiply',
  'maximum',
  'minimum',
  'squaredDifference',
  'floorDiv',
  'mod',
];
const compareOps: CompareOp[] = [
  'greater',
  'greaterEqual',
  'less',
  'lessEqual',
  'equal',
  'notEqual',
  'and',
  'or',
  'xor',
];

/** Largest distance from the float64 value, in units in the last place of the float32 result. */
function largestUlp(op: UnaryOp, x: Float32Array, y: Float32Array): number {
  let worst = 0;
  for (let i = 0; i < x.length; i++) {
    const exact = unaryFunctions[op](x[i], 0, 0);
    const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact) || 2 ** -126)), -126);
    worst = Math.max(worst, Math.abs(y[i] - exact) / 2 ** (exponent - 23));
  }
  return worst;
}

describe.skipIf(!nativeReport().available)('functions of one value', () => {
  // sigmoid and reciprocal of subnormals, smoothL1 ... differ by one rounding; the transcendental ones are measured in ulp below.
  test.each(Object.keys(unaryFunctions) as UnaryOp[])('%s equals the reference, special values included', (op) => {
    const x = Float32Array.from([...specialFloats, ...randomFloats(1001, 7, 3), ...randomFloats(70, 9, 50)]);
    // sigmoid flushes to 0 where exp(-x) overflows: results below the smallest normal number.
    const tolerance = { relative: 3e-6, absolute: op === 'sigmoid' ? 1.2e-38 : 2e-45 };
    compareWithReference((kernels, y) => kernels.unary(op, x, y, -0.75, 2), [unwritten(x.length)], tolerance);
  });

  test.each<[UnaryOp, number, number]>([
    ['exp', -87.3, 88.7],
    ['log', 1e-38, 3e38],
    ['log', 0.5, 2],
    ['tanh', -11, 11],
    ['tanh', -0.01, 0.01],
    ['sin', -3, 3],
    ['sin', -1e-3, 1e-3],
    ['sin', -131072, 131072],
    ['sin', -1e6, 1e6],
    ['cos', -7, 7],
    ['cos', -131072, 131072],
    ['sigmoid', -87, 30],
    ['expm1', -20, 88.7],
    ['expm1', -0.1, 0.1],
    ['log1p', -0.9, 10],
  ])('%s is within 4 units in the last place on [%f, %f]', (op, low, high) => {
    const count = 30_001;
    const x = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
    withEverySet((kernels, label) => {
      const y = unwritten(count);
      kernels.unary(op, x, y);
      expect(largestUlp(op, x, y), label).toBeLessThan(4);
    });
  });

  test.each(intOps)('%s of int32 equals the reference', (op) => {
    const x = Int32Array.from([...randomInts(77, 3, -10, 10), -(2 ** 31), 2 ** 31 - 1, 65536]);
    compareWithReference((kernels, y) => kernels.unary(op, x, y, -3, 4), [new Int32Array(x.length)]);
  });

  test('what a type does not support is an error that names it', () => {
    const kernels = loadNative();
    expect(() => kernels.unary('exp', new Int32Array(2), new Int32Array(2))).toThrow(/exp .*Int32Array/);
    expect(() => kernels.unary('nothing' as UnaryOp, new Float32Array(2), new Float32Array(2))).toThrow(/one of relu/);
    expect(() => kernels.unary('relu', new Float32Array(2), new Float32Array(3))).toThrow(/length 2, got 3/);
    expect(() => kernels.unary('relu', new Float32Array(2), new Int32Array(2))).toThrow(/Float32Array/);
  });

  test('a function may work in place, and on nothing', () => {
    withEverySet((kernels) => {
      const x = randomFloats(100, 1);
      const expected = x.map((value) => Math.max(value, 0));
      kernels.unary('relu', x, x);
      expect(x).toEqual(expected);
      kernels.unary('relu', new Float32Array(0), new Float32Array(0));
    });
  });

  test('large arrays are spread over threads without a gap', () => {
    const x = randomFloats(200_003, 5);
    compareWithReference((kernels, y) => kernels.unary('relu', x, y), [unwritten(x.length)]);
    compareWithReference((kernels, y) => kernels.unary('exp', x, y), [unwritten(x.length)], { relative: 3e-7 });
  });
});

describe.skipIf(!nativeReport().available)('gradients of functions of one value', () => {
  test.each(Object.keys(unaryGradients) as UnaryGradientOp[])('%s equals the reference', (op) => {
    const saved = Float32Array.from([0, -0, 1, -1, 6, -0.5, 2, ...randomFloats(50_000, 11, 2)]);
    const dy = randomFloats(saved.length, 12);
    const call = compareWithReference;
    call((kernels, dx) => kernels.unaryGradient(op, dy, saved, dx, -0.5, 2), [unwritten(dy.length)], {
      relative: 1e-6,
      absolute: 1e-6,
    });
  });

  // Those whose saved value is the input, at points away from the kinks; the estimators of sign have no function to differentiate.
  test.each<UnaryGradientOp & UnaryOp>(['abs', 'square', 'relu', 'relu6', 'leakyRelu', 'clipByValue', 'smoothL1'])(
    '%s is the derivative of its function',
    (op) => {
      for (const x of [-7.3, -0.8, -0.3, 0.4, 0.9, 3.3, 8.1]) {
        const difference = (unaryFunctions[op](x + 1e-5, 0.1, 2) - unaryFunctions[op](x - 1e-5, 0.1, 2)) / 2e-5;
        expect(unaryGradients[op](1, x, 0.1, 2)).toBeCloseTo(difference, 5);
      }
    },
  );

  test.each<UnaryGradientOp & UnaryOp>(['elu', 'sigmoid', 'tanh'])(
    '%s is the derivative of its function, from the output',
    (op) => {
      for (const x of [-3, -0.8, 0.4, 2]) {
        const difference = (unaryFunctions[op](x + 1e-5, 0, 0) - unaryFunctions[op](x - 1e-5, 0, 0)) / 2e-5;
        expect(unaryGradients[op](1, unaryFunctions[op](x, 0, 0), 0, 0)).toBeCloseTo(difference, 5);
      }
    },
  );
});

/** Two shapes that broadcast together: from one shape, with dimensions set to 1 or left off in front. */
const shapePair = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
    fc.integer({ min: 0, max: 70 }),
    fc.nat(),
    fc.nat(),
  )
  .map(([outer, inner, seedA, seedB]) => {
    const shape = [...outer, inner];
    const reduce = (seed: number) => {
      const masked = shape.map((size, k) => ((seed >> k) & 1 ? 1 : size));
      return masked.slice((seed >> 8) % (shape.length + 1));
    };
    return [reduce(seedA), reduce(seedB)] as const;
  });

describe.skipIf(!nativeReport().available)('functions of two values', () => {
  test.each(Object.keys(arithmeticFunctions) as ArithmeticOp[])('%s broadcasts as the reference', (op) => {
    fc.assert(
      fc.property(shapePair, fc.integer(), ([aShape, bShape], seed) => {
        const a = randomFloats(sizeOf(aShape), seed, 2);
        const b = randomFloats(sizeOf(bShape), seed + 1, 2);
        const out = unwritten(sizeOf(broadcastShape(aShape, bShape)));
        // A remainder or quotient of rounded numbers may land on the other side of a whole number only where it is one: none are drawn.
        compareWithReference((kernels, y) => kernels.arithmetic(op, a, aShape, b, bShape, y), [out], {
          relative: 1e-6,
          absolute: 1e-6,
        });
      }),
      { numRuns: 20 },
    );
  });

  test.each(intArithmetic)('%s of int32 equals the reference, overflow and zero divisors included', (op) => {
    const a = Int32Array.from([...randomInts(50, 1, -20, 20), -(2 ** 31), 2 ** 31 - 1, 5, -(2 ** 31)]);
    const b = Int32Array.from([...randomInts(50, 2, -4, 4), -1, 2 ** 31 - 1, 0, 2]);
    compareWithReference((kernels, y) => kernels.arithmetic(op, a, [54], b, [54], y), [new Int32Array(54)]);
    compareWithReference((kernels, y) => kernels.arithmetic(op, a, [54, 1], b, [1, 54], y), [new Int32Array(54 * 54)]);
  });

  test.each(compareOps)('%s of floats, ints and bools equals the reference', (op) => {
    fc.assert(
      fc.property(shapePair, fc.integer(), ([aShape, bShape], seed) => {
        const out = new Uint8Array(sizeOf(broadcastShape(aShape, bShape))).fill(7);
        const a = randomInts(sizeOf(aShape), seed, 0, 3);
        const b = randomInts(sizeOf(bShape), seed + 1, 0, 3);
        for (const type of [Int32Array, Float32Array, Uint8Array]) {
          const [x, y] = [type.from(a), type.from(b)];
          compareWithReference((kernels, z) => kernels.compare(op, x, aShape, y, bShape, z), [out]);
        }
      }),
      { numRuns: 12 },
    );
    const n = specialFloats.length;
    compareWithReference(
      (kernels, z) => kernels.compare(op, specialFloats, [n, 1], specialFloats, [1, n], z),
      [new Uint8Array(n * n)],
    );
  });

  test.each<[string, number[], number[]]>([
    ['channel vector', [8, 40, 40, 24], [24]],
    ['channel vector of one row', [8, 40, 40, 65], [1, 1, 1, 65]],
    ['spatial mean', [3, 40, 40, 33], [3, 1, 1, 33]],
    ['short last dimension', [3, 200, 200, 3], [3, 200, 200, 1]],
    ['scalar', [], [70_001]],
    ['outer product', [300, 1], [1, 301]],
  ])('large broadcasts are spread over threads: %s', (_, aShape, bShape) => {
    const a = randomFloats(sizeOf(aShape), 1);
    const b = randomFloats(sizeOf(bShape), 2);
    const size = sizeOf(broadcastShape(aShape, bShape));
    compareWithReference((kernels, y) => kernels.arithmetic('sub', a, aShape, b, bShape, y), [unwritten(size)]);
    compareWithReference((kernels, y) => kernels.arithmetic('sub', b, bShape, a, aShape, y), [unwritten(size)]);
  });

  test('a NaN in either place makes the maximum and the minimum NaN', () => {
    const [a, b] = [Float32Array.of(Number.NaN, 1, Number.NaN), Float32Array.of(1, Number.NaN, Number.NaN)];
    withEverySet((kernels) => {
      for (const op of ['maximum', 'minimum'] as const) {
        const y = new Float32Array(3);
        kernels.arithmetic(op, a, [3], b, [3], y);
        expect([...y]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      }
    });
  });

  test('shapes that do not broadcast or do not fit the arrays are errors', () => {
    const kernels = loadNative();
    const call = (aShape: number[], bShape: number[], out: number) =>
      kernels.arithmetic('add', new Float32Array(6), aShape, new Float32Array(3), bShape, new Float32Array(out));
    expect(() => call([2, 3], [2, 1], 6)).toThrow(/bShape/);
    expect(() => call([3, 2], [3], 6)).toThrow(/equal or 1/);
    expect(() => call([2, 3], [3], 5)).toThrow(/length 6, got 5/);
    expect(() => call([1, 1, 1, 1, 1, 2, 3], [3], 6)).toThrow(/at most 6/);
    expect(() => call([2 ** 41, 2 ** 41], [3], 6)).toThrow(/aShape/);
    const a = new Float32Array(3);
    expect(() => kernels.arithmetic('add', a, [3], new Float32Array(3), [3, 1], a)).toThrow();
  });
});

describe.skipIf(!nativeReport().available)('the other element-wise kernels', () => {
  test.each<TestOp>(['isNaN', 'isFinite', 'isInf', 'not'])('test %s', (op) => {
    for (const x of [specialFloats, randomInts(50, 1, -1, 2), Uint8Array.from([0, 1, 2])]) {
      compareWithReference((kernels, y) => kernels.test(op, x, y), [new Uint8Array(x.length).fill(9)]);
    }
  });

  test.each([1, 7, 100, 40_000])('select of %i values, by element and by row', (n) => {
    const condition = Uint8Array.from(randomInts(n, 1, 0, 2));
    const [t, f] = [randomFloats(n * 3, 2), randomFloats(n * 3, 3)];
    compareWithReference((kernels, y) => kernels.select(condition, t, f, y), [unwritten(n * 3)]);
    const [tn, fn] = [t.subarray(0, n), f.subarray(0, n)];
    compareWithReference((kernels, y) => kernels.select(condition, tn, fn, y), [unwritten(n)]);
    const bools = condition.map((value) => 1 - value);
    compareWithReference((kernels, y) => kernels.select(condition, condition, bools, y), [new Uint8Array(n).fill(5)]);
  });

  test.each([1, 2, 5])('addN of %i arrays', (count) => {
    const inputs = Array.from({ length: count }, (_, k) => randomFloats(9001, k));
    compareWithReference((kernels, y) => kernels.addN(inputs, y), [unwritten(9001)], { absolute: 1e-6 });
    expect(() => loadNative().addN([], new Float32Array(3))).toThrow(/at least one/);
    expect(() => loadNative().addN([new Float32Array(2)], new Float32Array(3))).toThrow(/length 3/);
  });

  test('scale and lerp', () => {
    const x = randomFloats(40_001, 1);
    const tolerance = { relative: 1e-6, absolute: 1e-6 };
    compareWithReference((kernels, y) => kernels.scale(x, 2.5, -1, y), [unwritten(x.length)], tolerance);
    compareWithReference((kernels, y) => kernels.lerp(y, x, 0.1), [randomFloats(x.length, 2)], tolerance);
  });

  test('cast follows the typed arrays of JavaScript', () => {
    const wide = [2 ** 31, -(2 ** 31), 2 ** 32 + 5, -(2 ** 33) - 7, 1e20, -1e20, 1.9, -1.9];
    const floats = Float32Array.from([...specialFloats, ...wide, ...randomFloats(1000, 4, 100)]);
    const ints = randomInts(40_001, 1, -5, 5);
    for (const x of [floats, ints, Uint8Array.from([0, 1, 1, 0])]) {
      for (const y of [unwritten(x.length), new Int32Array(x.length).fill(9), new Uint8Array(x.length).fill(9)]) {
        compareWithReference((kernels, out) => kernels.cast(x, out), [y]);
      }
    }
  });

  test.each([0, 1.5, -3, 300, 2 ** 32 + 3, Number.NaN])('fill with %f', (value) => {
    for (const y of [new Float32Array(70_001), new Int32Array(9), new Uint8Array(9)]) {
      compareWithReference((kernels, out) => kernels.fill(out, value), [y]);
    }
  });

  test('results are the same for any number of threads', () => {
    const x = randomFloats(150_001, 3);
    const results: Float32Array[] = [];
    withEverySet((kernels) => {
      const y = unwritten(x.length);
      kernels.unary('tanh', x, y);
      results.push(y);
    });
    for (let k = 0; k < results.length; k += 2) expectClose(results[k + 1], results[k], {});
  });
});
