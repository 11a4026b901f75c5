import type { MachineLimits } from './machine.js';
import type { Work } from './work.js';

/** Parts of a training step, in the order of a table. */
export const phases = [
  'forward convolutions',
  'backward convolutions',
  'normalisation and sums',
  'optimizer',
  'rest',
] as const;
/** A part of a training step. */
export type Phase = (typeof phases)[number];

/** The first pattern that fits a kernel's name tells its phase. */
const patterns: readonly (readonly [RegExp, Phase])[] = [
  [/Update|GlobalNorm/, 'optimizer'],
  [/BatchNorm|L2Norm|^Add|^Accumulate|^Sum$|^Mean/, 'normalisation and sums'],
  [/(Conv2D|Conv2d|Binarize|Binary).*(Gradient|Backprop)/, 'backward convolutions'],
  [/Conv2D|Conv2d|Binarize|Binary|^Pack/, 'forward convolutions'],
];

/** The phase of a kernel. Packing, signs and scales belong to the convolutions they serve. */
export function phaseOf(kernel: string): Phase {
  return patterns.find(([pattern]) => pattern.test(kernel))?.[1] ?? 'rest';
}

/** Work of one kernel, or of a phase, in one step. */
export interface Bound {
  readonly operations: number;
  readonly bytes: number;
  /** Least time of the operations at the peaks, and of the bytes at the bandwidth, in milliseconds. */
  readonly operationsMs: number;
  readonly bytesMs: number;
  /** Sum over the calls of the longer of the two: the least time, in milliseconds. */
  readonly leastMs: number;
}

const nothing: Bound = { operations: 0, bytes: 0, operationsMs: 0, bytesMs: 0, leastMs: 0 };

/** The bound of one call. */
export function boundOf({ operations, peak, bytes }: Work, machine: MachineLimits): Bound {
  const operationsMs = (operations / machine.operationsPerSecond[peak]) * 1e3;
  const bytesMs = (bytes / machine.bytesPerSecond) * 1e3;
  return { operations, bytes, operationsMs, bytesMs, leastMs: Math.max(operationsMs, bytesMs) };
}

/** What calls, one after the other, need together. */
export function sumBounds(bounds: Iterable<Bound>): Bound {
  let total = nothing;
  for (const bound of bounds) {
    total = {
      operations: total.operations + bound.operations,
      bytes: total.bytes + bound.bytes,
      operationsMs: total.operationsMs + bound.operationsMs,
      bytesMs: total.bytesMs + bound.bytesMs,
      leastMs: total.leastMs + bound.leastMs,
    };
  }
  return total;
}
