import { wordsFor } from '../bits.js';
import type { Conv2dGeometry } from '../geometry.js';
import type { BinaryReading, GradientPrecision } from '../transform.js';
import { conv2dBackpropInput } from './conv2d.js';
import { forEachTap } from './geometry-loops.js';
import { bitAt, unpackBits, unpackFilter } from './pack-bits.js';

/** Gradient at the input; see BitKernels. In bf16 it is the product of dy and the scale that is rounded, the weights being ±1. */
export function binaryConv2dBackpropInput(
  dy: Float32Array,
  filter: Int32Array,
  scale: Float32Array | null,
  mask: Int32Array | null,
  dx: Float32Array,
  g: Conv2dGeometry,
  precision: GradientPrecision,
): void {
  const factors = dy.map((v, i) => operand(v * (scale?.[i % g.outChannels] ?? 1), precision));
  const signs = unpackFilter(filter, g.kernelHeight * g.kernelWidth, g.inChannels / g.groups, g.outChannels);
  const gradient = conv2dBackpropInput(factors, signs, g);
  const words = wordsFor(g.inChannels);
  for (let i = 0; i < dx.length; i++) {
    const passes = mask === null || bitAt(mask, Math.floor(i / g.inChannels), words, i % g.inChannels) === 1;
    dx[i] = passes ? gradient[i] : 0;
  }
}

/** Gradient at the binarized weights; see BitKernels. Sums run in float64. */
export function binaryConv2dBackpropFilter(
  x: Int32Array,
  dy: Float32Array,
  dw: Float32Array,
  g: Conv2dGeometry,
  { padValue, levels }: BinaryReading,
  precision: GradientPrecision,
): void {
  const groupIn = g.inChannels / g.groups;
  const groupOut = g.outChannels / g.groups;
  const values = unpackBits(x, g.inChannels, levels);
  const factors = dy.map((v) => operand(v, precision));
  const sums = new Float64Array(dw.length);
  forEachTap(g, ({ input, tap, output, inside }) => {
    for (let c = 0; c < groupIn; c++) {
      const row = (tap * groupIn + c) * g.outChannels;
      for (let o = 0; o < g.outChannels; o++) {
        const from = input + Math.floor(o / groupOut) * groupIn;
        sums[row + o] += (inside ? values[from + c] : padValue) * factors[output + o];
      }
    }
  });
  dw.set(sums);
}

/** `dScale[o] = sum over kh, kw, c of dw * sign(w)`; dw `[kh, kw, I, O]`, filter packed `[O, kh, kw, ceil(I / 32)]`. */
export function binaryScaleGradient(
  dw: Float32Array,
  filter: Int32Array,
  dScale: Float32Array,
  taps: number,
  inChannels: number,
): void {
  const outChannels = dScale.length;
  const signs = unpackFilter(filter, taps, inChannels, outChannels);
  for (let o = 0; o < outChannels; o++) {
    let sum = 0;
    for (let row = 0; row < taps * inChannels; row++) sum += dw[row * outChannels + o] * signs[row * outChannels + o];
    dScale[o] = sum;
  }
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** A factor of a gradient as `precision` stores it: float32, or its upper half rounded to the nearest, ties to even. */
function operand(value: number, precision: GradientPrecision): number {
  float[0] = value;
  if (precision === 'bf16' && Number.isFinite(value))
    bits[0] = (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) & 0xffff0000;
  return float[0];
}
