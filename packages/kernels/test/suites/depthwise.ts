import fc from 'fast-check';
import { test } from 'vitest';
import { conv2dGeometry, outputShape } from '../../src/geometry.js';
import { referenceBitKernels as reference } from '../../src/reference/bit-kernels.js';
import { bitGeometries, outputs, readings, transforms } from '../bit-arbitraries.js';
import {
  type Candidate,
  expectSameBits,
  expectShapeError,
  oddNormals,
  outputPair,
  randomBits,
  sizeOf,
  thresholdAt,
  transformOf,
} from '../bit-operands.js';

/** Depthwise convolutions. */
export function depthwiseSuite(kernels: Candidate<'binaryDepthwiseConv2d'>): void {
  const depthwise = bitGeometries.map((g) => ({ ...g, outChannels: g.inChannels, groups: g.inChannels }));

  test('depthwise convolutions equal the reference to the bit', () => {
    fc.assert(
      fc.property(
        depthwise,
        readings,
        fc.boolean(),
        transforms,
        outputs,
        fc.nat(),
        (g, reading, scaled, transformKind, { type, levels, threshold: thresholdKind }, seed) => {
          const term = {
            x: randomBits(g.batch * g.inHeight * g.inWidth, g.inChannels, seed),
            filter: randomBits(g.kernelHeight * g.kernelWidth, g.inChannels, seed + 1),
            scale: scaled && type !== 'dots' ? oddNormals(g.outChannels, seed + 2) : null,
          };
          const transform = type === 'dots' ? {} : transformOf(transformKind, g, seed + 100);
          const values = new Float32Array(sizeOf(outputShape(g)));
          reference.binaryDepthwiseConv2d(term, g, reading, transform, { type: 'float32', y: values });
          const flips = thresholdKind === 'flipped';
          const threshold = thresholdKind === 'none' ? undefined : thresholdAt(values, g.outChannels, seed + 3, flips);
          const [expected, actual] = outputPair(type, g, { levels, threshold });
          reference.binaryDepthwiseConv2d(term, g, reading, transform, expected);
          kernels().binaryDepthwiseConv2d(term, g, reading, transform, actual);
          expectSameBits(actual.y, expected.y);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('wrong arguments of depthwise convolutions throw', () => {
    const k = kernels();
    const g = conv2dGeometry([1, 4, 4, 33], [3, 3, 1, 33], { groups: 33 });
    const term = { x: new Int32Array(32), filter: new Int32Array(18), scale: null };
    const reading = { padValue: 0, levels: 'pm1' } as const;
    const output = { type: 'dots', y: new Int32Array(528) } as const;
    const call = (changed: typeof term, geometry = g) =>
      expectShapeError('binaryDepthwiseConv2d', () => k.binaryDepthwiseConv2d(changed, geometry, reading, {}, output));
    call({ ...term, x: new Int32Array(31) });
    call({ ...term, filter: new Int32Array(9) });
    call(term, { ...g, groups: 1 });
    call(term, { ...g, outChannels: 66 });
  });
}
