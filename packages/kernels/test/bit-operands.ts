import { Random } from '@onebit/common';
import { expect } from 'vitest';
import { wordsFor } from '../src/bits.js';
import { type Conv2dGeometry, filterShape, outputShape } from '../src/geometry.js';
import { packBits } from '../src/reference/pack-bits.js';
import type { Activation, BinaryOutput, BitKernels, OutputTransform, Threshold } from '../src/transform.js';
import { normals } from './arbitraries.js';

export const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Random bits of `[rows, channels]`, tail bits 0. */
export function randomBits(rows: number, channels: number, seed: number): Int32Array {
  return packBits(normals(rows * channels, seed), channels);
}

/** Packed activations and weights of a convolution. */
export function packedOperands(g: Conv2dGeometry, seed: number): { x: Int32Array; filter: Int32Array } {
  const [kernelHeight, kernelWidth, groupIn, outChannels] = filterShape(g);
  return {
    x: randomBits(g.batch * g.inHeight * g.inWidth, g.inChannels, seed),
    filter: randomBits(outChannels * kernelHeight * kernelWidth, groupIn, seed + 1),
  };
}

/** Standard normal numbers with a few that are not ordinary. */
export function oddNormals(size: number, seed: number): Float32Array {
  const special = [0, -0, Number.NaN, Infinity, -Infinity, 1e-42, -1e30];
  const random = new Random(seed);
  return normals(size, seed).map((v) => (random.chance(0.02) ? random.pick(special) : v));
}

export const transformKinds = {
  activation: ['none', 'prelu', 'rprelu', 'clip'],
  residual: ['none', 'before', 'after'],
  output: ['dots', 'float32', 'int8', 'bits'],
} as const;

/** Which steps a transform has. */
export interface TransformKind {
  readonly offset: boolean;
  readonly activation: (typeof transformKinds.activation)[number];
  readonly residual: (typeof transformKinds.residual)[number];
}

export function transformOf(kind: TransformKind, g: Conv2dGeometry, seed: number): OutputTransform {
  const perChannel = (offset: number) => oddNormals(g.outChannels, seed + offset);
  const activations: Record<TransformKind['activation'], Activation | undefined> = {
    none: undefined,
    prelu: { kind: 'prelu', slope: perChannel(1) },
    rprelu: { kind: 'rprelu', shiftIn: perChannel(2), slope: perChannel(1), shiftOut: perChannel(3) },
    clip: { kind: 'clip', low: -2.3, high: 1.7 },
  };
  const values = oddNormals(sizeOf(outputShape(g)), seed + 4);
  return {
    ...(kind.offset && { offset: perChannel(0) }),
    ...(kind.activation !== 'none' && { activation: activations[kind.activation] }),
    ...(kind.residual !== 'none' && { residual: { values, position: kind.residual } }),
  };
}

/** Thresholds of which half are met exactly by the first value of their channel. */
export function thresholdAt(values: Float32Array, channels: number, seed: number, flips: boolean): Threshold {
  const other = oddNormals(channels, seed);
  const thresholds = other.map((v, c) => (c % 2 === 0 && c < values.length ? values[c] : v));
  return { values: thresholds, ...(flips && { flip: Uint8Array.from(other, (v) => (v > 0 ? 1 : 0)) }) };
}

/** Two outputs of the same kind for g, filled with different rubbish: one for the reference, one for the candidate. */
export function outputPair(
  type: BinaryOutput['type'],
  g: Conv2dGeometry,
  options: Pick<Extract<BinaryOutput, { type: 'bits' }>, 'levels' | 'threshold'>,
): [BinaryOutput, BinaryOutput] {
  const size = sizeOf(outputShape(g));
  const make = (rubbish: number): BinaryOutput => {
    switch (type) {
      case 'dots':
        return { type, y: new Int32Array(size).fill(rubbish) };
      case 'float32':
        return { type, y: new Float32Array(size).fill(rubbish) };
      case 'int8':
        // Half steps of integers: ties are met.
        return { type, y: new Int8Array(size).fill(rubbish), inverseStep: 0.5, zeroPoint: -3 };
      case 'bits':
        return { type, y: new Int32Array((size / g.outChannels) * wordsFor(g.outChannels)).fill(rubbish), ...options };
    }
  };
  return [make(5), make(-7)];
}

/** Throws at the first element that differs in its bits; all NaN count as one. */
export function expectSameBits(actual: BinaryOutput['y'], expected: BinaryOutput['y']): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} elements, expected ${expected.length}`);
  for (let i = 0; i < actual.length; i++) {
    if (!Object.is(actual[i], expected[i])) throw new Error(`element ${i}: ${actual[i]}, expected ${expected[i]}`);
  }
}

/** Largest size of the convolutions given to the plain loops in one run of a property: some 5 ms. */
const maxProducts = 1.5e6;

export function isSmall(g: Conv2dGeometry): boolean {
  return (sizeOf(outputShape(g)) * sizeOf(filterShape(g))) / g.outChannels <= maxProducts;
}

/** The functions of a kernel set that the suite of one area needs. */
export type Candidate<K extends keyof BitKernels> = () => Pick<BitKernels, K>;

/** Fails unless `call` throws an ERR_SHAPE that begins with the name of the function. */
export function expectShapeError(name: keyof BitKernels, call: () => void): void {
  let error: unknown;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({
    name: 'OnebitError',
    code: 'ERR_SHAPE',
    message: expect.stringMatching(`^${name}: .*must`),
  });
}
