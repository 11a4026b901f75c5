import type { Activation, BinaryOutput, OutputTransform } from '../transform.js';
import { packBits } from './pack-bits.js';

/** Dot products `[N, H', W', O]` of one term and their factors `[O]`; null means 1. */
export interface ScaledDots {
  readonly dots: Int32Array;
  readonly scale: Float32Array | null;
}

const { fround } = Math;

/** Sums the terms, applies the transform and writes the output; see {@link OutputTransform} and {@link BinaryOutput}. */
export function writeOutput(
  terms: readonly ScaledDots[],
  channels: number,
  transform: OutputTransform,
  output: BinaryOutput,
): void {
  if (output.type === 'dots') {
    output.y.set(terms[0].dots);
    return;
  }
  const values = transformed(terms, channels, transform);
  switch (output.type) {
    case 'float32':
      output.y.set(values);
      break;
    case 'int8':
      for (const [i, v] of values.entries()) output.y[i] = quantized(v, output.inverseStep, output.zeroPoint);
      break;
    case 'bits':
      output.y.set(packBits(values, channels, output.levels, output.threshold));
      break;
  }
}

function transformed(terms: readonly ScaledDots[], channels: number, transform: OutputTransform): Float32Array {
  const { offset, activation, residual } = transform;
  const [first, ...others] = terms;
  return Float32Array.from(first.dots, (_, i) => {
    const o = i % channels;
    let v = scaled(first, i, o);
    for (const term of others) v = fround(v + scaled(term, i, o));
    if (offset !== undefined) v = fround(v + offset[o]);
    if (residual?.position === 'before') v = fround(v + residual.values[i]);
    if (activation !== undefined) v = activate(activation, v, o);
    if (residual?.position === 'after') v = fround(v + residual.values[i]);
    return v;
  });
}

function scaled({ dots, scale }: ScaledDots, i: number, o: number): number {
  const dot = fround(dots[i]);
  return scale === null ? dot : fround(scale[o] * dot);
}

/** Comparisons rather than Math.min and Math.max: NaN and -0 pass, as they do where one instruction selects. */
function activate(activation: Activation, v: number, o: number): number {
  switch (activation.kind) {
    case 'prelu':
      return prelu(v, activation.slope[o]);
    case 'rprelu':
      return fround(prelu(fround(v - activation.shiftIn[o]), activation.slope[o]) + activation.shiftOut[o]);
    case 'clip': {
      const [low, high] = [fround(activation.low), fround(activation.high)];
      if (v < low) return low;
      if (v > high) return high;
      return v;
    }
  }
}

function prelu(v: number, slope: number): number {
  return v >= 0 ? v : fround(slope * v);
}

/** `clamp(rint(v * inverseStep) + zeroPoint, -128, 127)`, ties to even, NaN gives -128. */
export function quantized(v: number, inverseStep: number, zeroPoint: number): number {
  if (Number.isNaN(v)) return -128;
  const level = roundToEven(fround(v * fround(inverseStep))) + zeroPoint;
  return Math.min(Math.max(level, -128), 127);
}

function roundToEven(v: number): number {
  const below = Math.floor(v);
  if (v - below !== 0.5) return Math.round(v);
  return below % 2 === 0 ? below : below + 1;
}
