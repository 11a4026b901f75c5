import { Arguments } from '../checks/arguments.js';
import type { PadValue } from '../geometry.js';
import type { Levels } from './binary.js';
import { spreadOutput } from './binary-calls.js';
import type { BitsKernels } from './bits.js';
import { geometryNumbers } from './geometry-numbers.js';

/** The add-on's own functions; see BinaryAddOn for why they take no objects. */
export interface BitsAddOn extends Omit<BitsKernels, 'maxPoolBits' | 'binaryDepthwiseConv2d'> {
  maxPoolBits(x: Int32Array, y: Int32Array, geometry: Float64Array, levels: Levels): void;
  binaryDepthwiseConv2d(
    x: Int32Array,
    filter: Int32Array,
    scale: Float32Array | null,
    geometry: Float64Array,
    padValue: PadValue,
    levels: Levels,
    ...transformAndOutput: unknown[]
  ): void;
}

/** The kernels over the functions of an add-on. */
export function bitsKernels(addOn: BitsAddOn): Pick<BitsKernels, 'maxPoolBits' | 'binaryDepthwiseConv2d'> {
  return {
    maxPoolBits: (x, y, geometry, levels) => addOn.maxPoolBits(x, y, geometryNumbers(geometry), levels),
    binaryDepthwiseConv2d(term, geometry, reading, transform, output) {
      const args = new Arguments('binaryDepthwiseConv2d');
      for (const [name, value] of Object.entries({ term, reading, transform, output })) args.object(name, value);
      const { x, filter, scale } = term;
      const { padValue, levels } = reading;
      const spread = spreadOutput(transform, output);
      addOn.binaryDepthwiseConv2d(x, filter, scale, geometryNumbers(geometry), padValue, levels, ...spread);
    },
  };
}
