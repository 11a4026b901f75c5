import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Conv2dGeometry, conv2dGeometry, filterShape, inputShape, outputShape } from '../src/geometry.js';
import type { NativeKernels } from '../src/native/load.js';
import type { Slope } from '../src/native/signed.js';
import { referenceBitKernels as reference } from '../src/reference/bit-kernels.js';
import type { BinaryReading, BitKernels, GradientPrecision } from '../src/transform.js';
import { normals } from './arbitraries.js';
import { bitGeometries, readings } from './bit-arbitraries.js';
import { expectSameBits, expectShapeError, packedOperands, randomBits, sizeOf } from './bit-operands.js';
import { eachKernelSet } from './kernel-sets.js';
import { gradientSuite } from './suites/gradients.js';

type Gradients = Pick<BitKernels, 'binaryConv2dBackpropInput' | 'binaryConv2dBackpropFilter'>;

interface Operands {
  readonly dy: Float32Array;
  readonly scale: Float32Array;
}

function operands(g: Conv2dGeometry, seed: number): Operands {
  return { dy: normals(sizeOf(outputShape(g)), seed + 2), scale: normals(g.outChannels, seed + 3) };
}

/** Both gradients, written over rubbish. */
function gradients(
  kernels: Gradients,
  g: Conv2dGeometry,
  reading: BinaryReading,
  { dy, scale }: Operands,
  seed: number,
  precision: GradientPrecision = 'fp32',
) {
  const { x, filter } = packedOperands(g, seed);
  const mask = randomBits(g.batch * g.inHeight * g.inWidth, g.inChannels, seed + 4);
  const dx = new Float32Array(sizeOf(inputShape(g))).fill(7);
  const dw = new Float32Array(sizeOf(filterShape(g))).fill(7);
  kernels.binaryConv2dBackpropInput(dy, filter, scale, mask, dx, g, precision);
  kernels.binaryConv2dBackpropFilter(x, dy, dw, g, reading, precision);
  return { dx, dw };
}

const positiveZero = (values: Float32Array) => values.map((v) => v + 0);

/** Geometries whose tiles, strips, blocks of the depth and lines of five pixels end in many ways. */
const layers = [
  { name: '3x3', g: conv2dGeometry([1, 14, 30, 64], [3, 3, 64, 40]) },
  { name: 'small and deep', g: conv2dGeometry([1, 7, 7, 256], [3, 3, 256, 72]) },
  { name: 'wide', g: conv2dGeometry([1, 5, 205, 33], [3, 3, 33, 20]) },
  { name: 'dilated', g: conv2dGeometry([1, 20, 20, 33], [3, 3, 33, 24], { dilations: 6, padding: 6 }) },
  { name: 'strided groups', g: conv2dGeometry([3, 23, 17, 64], [3, 3, 32, 40], { strides: 2, groups: 2 }) },
  { name: '1x1 with strides', g: conv2dGeometry([2, 12, 13, 130], [1, 1, 130, 70], { strides: [3, 2] }) },
  { name: 'large filter', g: conv2dGeometry([1, 3, 3, 256], [3, 3, 256, 260]) },
  { name: 'mostly padding', g: conv2dGeometry([1, 5, 6, 16], [7, 5, 16, 16], { padding: 14 }) },
];
const layerReadings = [
  { padValue: 0, levels: 'pm1' },
  { padValue: -1, levels: 'zero-one' },
] as const;

const wholeOperands = (g: Conv2dGeometry) => {
  const { dy } = operands(g, 5);
  return { dy: dy.map((v) => Math.round(4 * v)), scale: new Float32Array(g.outChannels).fill(2) };
};
/** What the reference makes of the layers, once for all kernel sets. */
const expectedOfLayers = layers.map(({ g }) =>
  layerReadings.map((reading) => gradients(reference, g, reading, wholeOperands(g), 5)),
);

eachKernelSet('gradients of binary convolutions', (native) => {
  gradientSuite(native, false);

  test('whole numbers add up exactly, whatever the order', () => {
    const wholeNumbers = fc.property(bitGeometries, readings, fc.nat(), (g, reading, seed) => {
      const { dy, scale } = operands(g, seed);
      const whole = { dy: dy.map((v) => Math.round(8 * v)), scale: scale.map((v) => Math.round(2 * v)) };
      const [actual, expected] = [native(), reference].map((kernels) => gradients(kernels, g, reading, whole, seed));
      expectSameBits(positiveZero(actual.dx), positiveZero(expected.dx));
      expectSameBits(positiveZero(actual.dw), positiveZero(expected.dw));
    });
    fc.assert(wholeNumbers, { numRuns: 40 });
  });

  test.for(layers.map(({ name, g }, i) => ({ name, g, i })))(
    'whole numbers of a layer add up exactly: $name',
    ({ g, i }) => {
      // Numbers this small are exact in bfloat16 too, which always takes the tables, also where float32 would multiply.
      const precisions: GradientPrecision[] = native().bf16Gradients() ? ['fp32', 'bf16'] : ['fp32'];
      for (const [k, reading] of layerReadings.entries()) {
        for (const precision of precisions) {
          const actual = gradients(native(), g, reading, wholeOperands(g), 5, precision);
          expectSameBits(positiveZero(actual.dx), positiveZero(expectedOfLayers[i][k].dx));
          expectSameBits(positiveZero(actual.dw), positiveZero(expectedOfLayers[i][k].dw));
        }
      }
    },
  );

  test('bfloat16 rounds dy, or its product with the scale, and nothing else', ({ skip }) => {
    skip(!native().bf16Gradients(), 'no AVX512-BF16');
    const rounding = fc.property(bitGeometries, readings, fc.nat(), (g, reading, seed) => {
      const { dy, scale } = operands(g, seed);
      // Ten bits round to eight; the sums of what is left are exact.
      const whole = { dy: dy.map((v) => Math.round(300 * v)), scale: scale.map((v) => Math.sign(v) * 3) };
      const [actual, expected] = [native(), reference].map((kernels) =>
        gradients(kernels, g, reading, whole, seed, 'bf16'),
      );
      expectSameBits(positiveZero(actual.dx), positiveZero(expected.dx));
      expectSameBits(positiveZero(actual.dw), positiveZero(expected.dw));
    });
    fc.assert(rounding, { numRuns: 40 });
  });

  test('a slope multiplies what would come out without it', () => {
    const slopes = fc.constantFrom<Slope['kind']>('clip', 'clipOpen', 'tri');
    const multiplied = fc.property(bitGeometries, readings, slopes, fc.nat(), (g, reading, kind, seed) => {
      expectSlope(native(), g, reading, kind, seed);
    });
    fc.assert(multiplied, { numRuns: 40 });
    for (const { g } of layers) expectSlope(native(), g, layerReadings[0], 'clip', 5);
  });

  test('the number of threads does not change a bit', () => {
    const reading = { padValue: 0, levels: 'pm1' } as const;
    for (const { g } of layers) {
      const real = operands(g, 9);
      const [one, ...others] = [1, 2, 3, 8].map((threads) => withThreads(native(), threads, g, reading, real));
      for (const other of others) {
        expectSameBits(other.dx, one.dx);
        expectSameBits(other.dw, one.dw);
      }
    }
  });

  test('the gradient at the scale equals the reference to the bit', () => {
    for (const [taps, inChannels, outChannels] of [
      [9, 65, 33],
      [1, 1, 1],
      [4, 130, 16],
      [9, 32, 0],
    ]) {
      const dw = normals(taps * inChannels * outChannels, 3);
      const filter = randomBits(taps * outChannels, inChannels, 4);
      const [actual, expected] = [native(), reference].map((kernels) => {
        const dScale = new Float32Array(outChannels).fill(7);
        kernels.binaryScaleGradient(dw, filter, dScale, taps, inChannels);
        return dScale;
      });
      expectSameBits(actual, expected);
    }
  });

  test('detached arrays and bfloat16 on other machines are errors', () => {
    const g = conv2dGeometry([1, 4, 4, 8], [3, 3, 8, 4]);
    const { x, filter } = packedOperands(g, 1);
    const { dy } = operands(g, 1);
    const [dx, dw] = [new Float32Array(128).fill(9), new Float32Array(288).fill(9)];
    const reading = { padValue: 0, levels: 'pm1' } as const;
    if (!native().bf16Gradients()) {
      expectShapeError('binaryConv2dBackpropInput', () =>
        native().binaryConv2dBackpropInput(dy, filter, null, null, dx, g, 'bf16'),
      );
      expectShapeError('binaryConv2dBackpropFilter', () =>
        native().binaryConv2dBackpropFilter(x, dy, dw, g, reading, 'bf16'),
      );
    }
    structuredClone(dy, { transfer: [dy.buffer as ArrayBuffer] });
    expectShapeError('binaryConv2dBackpropInput', () =>
      native().binaryConv2dBackpropInput(dy, filter, null, null, dx, g, 'fp32'),
    );
    expectShapeError('binaryConv2dBackpropFilter', () =>
      native().binaryConv2dBackpropFilter(x, dy, dw, g, reading, 'fp32'),
    );
    structuredClone(dw, { transfer: [dw.buffer as ArrayBuffer] });
    expectShapeError('binaryScaleGradient', () => native().binaryScaleGradient(dw, filter, new Float32Array(4), 9, 8));
    expect(dx.every((v) => v === 9)).toBe(true);
  });
});

/** Compares with the slope kernel of the vector area, run over the plain gradients. */
function expectSlope(
  native: NativeKernels,
  g: Conv2dGeometry,
  reading: BinaryReading,
  kind: Slope['kind'],
  seed: number,
) {
  const { x, filter } = packedOperands(g, seed);
  const { dy, scale } = operands(g, seed);
  const [at, w] = [inputShape(g), filterShape(g)].map((shape) => normals(sizeOf(shape), seed + 4));
  const expected = [at, w].map((values) => new Float32Array(values.length));
  const actual = expected.map((values) => values.map(() => 7));
  native.binaryConv2dBackpropInput(dy, filter, scale, null, expected[0], g, 'fp32');
  native.binaryConv2dBackpropFilter(x, dy, expected[1], g, reading, 'fp32');
  for (const [i, saved] of [at, w].entries()) native.unaryGradient(kind, expected[i], saved, expected[i]);
  native.binaryConv2dBackpropInput(dy, filter, scale, null, actual[0], g, 'fp32', { kind, x: at });
  native.binaryConv2dBackpropFilter(x, dy, actual[1], g, reading, 'fp32', { kind, x: w });
  for (const i of [0, 1]) expectSameBits(actual[i], expected[i]);
}

function withThreads(
  native: NativeKernels,
  threads: number,
  g: Conv2dGeometry,
  reading: BinaryReading,
  real: Operands,
): ReturnType<typeof gradients> {
  const before = native.threads;
  native.setThreads(threads);
  try {
    return gradients(native, g, reading, real, 9);
  } finally {
    native.setThreads(before);
  }
}
