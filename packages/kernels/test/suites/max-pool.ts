import fc from 'fast-check';
import { test } from 'vitest';
import { wordsFor } from '../../src/bits.js';
import { conv2dGeometry, inputShape, outputShape } from '../../src/geometry.js';
import type { Levels } from '../../src/native/binary.js';
import { referenceBitKernels as reference } from '../../src/reference/bit-kernels.js';
import { bitGeometries, levelNames } from '../bit-arbitraries.js';
import { type Candidate, expectSameBits, expectShapeError, randomBits, sizeOf } from '../bit-operands.js';

/** Max-pooling of bits. */
export function maxPoolSuite(kernels: Candidate<'maxPoolBits'>): void {
  const pools = bitGeometries.map((g) => ({ ...g, outChannels: g.inChannels, groups: 1 }));

  test('max-pooling of bits equals the reference', () => {
    fc.assert(
      fc.property(pools, levelNames, fc.nat(), (g, levels, seed) => {
        const x = randomBits(sizeOf(inputShape(g)) / g.inChannels, g.inChannels, seed);
        const size = (sizeOf(outputShape(g)) / g.outChannels) * wordsFor(g.outChannels);
        const [expected, actual] = [5, -7].map((v) => new Int32Array(size).fill(v));
        reference.maxPoolBits(x, expected, g, levels);
        kernels().maxPoolBits(x, actual, g, levels);
        expectSameBits(actual, expected);
      }),
      { numRuns: 80 },
    );
  });

  test('wrong arguments of max-pooling throw', () => {
    const k = kernels();
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 33, 33]);
    const [x, y] = [new Int32Array(32), new Int32Array(32)];
    expectShapeError('maxPoolBits', () => k.maxPoolBits(x.subarray(1), y, g, 'pm1'));
    expectShapeError('maxPoolBits', () => k.maxPoolBits(x, y.subarray(1), g, 'pm1'));
    expectShapeError('maxPoolBits', () => k.maxPoolBits(x, y, { ...g, outChannels: 32 }, 'pm1'));
    expectShapeError('maxPoolBits', () => k.maxPoolBits(x, y, { ...g, groups: 33 }, 'pm1'));
    expectShapeError('maxPoolBits', () => k.maxPoolBits(x, y, g, 'pm2' as Levels));
  });
}
