import { Arguments } from '../checks/arguments.js';
import { checkPrepared } from '../checks/bit-kernels.js';
import { spreadOutput } from './binary-calls.js';
import { geometryNumbers } from './geometry-numbers.js';
import type { Int8Kernels } from './int8.js';

/** The add-on's own functions; see BinaryAddOn for why they take no objects. */
export interface Int8AddOn extends Pick<Int8Kernels, 'quantizeInt8' | 'dequantizeInt8'> {
  /** Returns the panels. */
  prepareInt8Filter(filter: Int8Array, geometry: Float64Array): Int32Array;
  conv2dInt8(
    x: Int8Array,
    zeroPoint: number,
    filter: Int8Array | Int32Array,
    scale: Float32Array | null,
    geometry: Float64Array,
    prepared: boolean,
    ...transformAndOutput: unknown[]
  ): void;
  maxPoolInt8(x: Int8Array, y: Int8Array, geometry: Float64Array): void;
  /** quantization: stepA, zeroPointA, stepB, zeroPointB, inverseStep, zeroPoint */
  addInt8(a: Int8Array, b: Int8Array, y: Int8Array, ...quantization: number[]): void;
}

/** The kernels over the functions of an add-on. */
export function int8Kernels(
  addOn: Int8AddOn,
  kernelSet: () => string,
): Omit<Int8Kernels, 'quantizeInt8' | 'dequantizeInt8'> {
  return {
    prepareInt8Filter: (filter, geometry) => ({
      kernelSet: kernelSet(),
      panels: addOn.prepareInt8Filter(filter, geometryNumbers(geometry)),
      shape: [geometry.outChannels, geometry.kernelHeight, geometry.kernelWidth, geometry.inChannels / geometry.groups],
      groups: geometry.groups,
    }),
    conv2dInt8(term, geometry, transform, output) {
      const args = new Arguments('conv2dInt8');
      for (const [name, value] of Object.entries({ term, transform, output })) args.object(name, value);
      const { x, zeroPoint, filter, scale } = term;
      const prepared = ArrayBuffer.isView(filter) ? undefined : filter;
      if (prepared !== undefined) checkPrepared(args, 'term.filter', prepared, geometry, kernelSet());
      const weights = prepared?.panels ?? (filter as Int8Array);
      const spread = spreadOutput(transform, output);
      addOn.conv2dInt8(x, zeroPoint, weights, scale, geometryNumbers(geometry), prepared !== undefined, ...spread);
    },
    maxPoolInt8: (x, y, geometry) => addOn.maxPoolInt8(x, y, geometryNumbers(geometry)),
    addInt8(a, b, y, quantization) {
      new Arguments('addInt8').object('quantization', quantization);
      const { stepA, zeroPointA, stepB, zeroPointB, inverseStep, zeroPoint } = quantization;
      addOn.addInt8(a, b, y, stepA, zeroPointA, stepB, zeroPointB, inverseStep, zeroPoint);
    },
  };
}
