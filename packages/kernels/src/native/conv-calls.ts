import { Arguments } from '../checks/arguments.js';
import { checkPrepared } from '../checks/bit-kernels.js';
import type { PreparedFilter } from '../transform.js';
import { spreadOutput } from './binary-calls.js';
import type { ConvKernels } from './conv.js';
import { geometryNumbers } from './geometry-numbers.js';

type Convolution = (a: Float32Array, b: Float32Array, result: Float32Array, geometry: Float64Array) => void;

/** The add-on's own functions; see BinaryAddOn for why they take no objects. */
export interface ConvAddOn extends Pick<ConvKernels, 'matMul'> {
  conv2d: Convolution;
  conv2dBackpropInput: Convolution;
  conv2dBackpropFilter: Convolution;
  /** Returns the panels. */
  prepareConvFilter(filter: Float32Array, geometry: Float64Array): Int32Array;
  conv2dFused(
    x: Float32Array,
    filter: Float32Array | Int32Array,
    geometry: Float64Array,
    prepared: boolean,
    ...transformAndOutput: unknown[]
  ): void;
}

/** The kernels over the functions of an add-on. */
export function convKernels(addOn: ConvAddOn, kernelSet: () => string): Omit<ConvKernels, 'matMul'> {
  return {
    conv2d: (x, filter, y, geometry) => addOn.conv2d(x, filter, y, geometryNumbers(geometry)),
    conv2dBackpropInput: (dy, filter, dx, geometry) =>
      addOn.conv2dBackpropInput(dy, filter, dx, geometryNumbers(geometry)),
    conv2dBackpropFilter: (x, dy, dfilter, geometry) =>
      addOn.conv2dBackpropFilter(x, dy, dfilter, geometryNumbers(geometry)),
    prepareConvFilter: (filter, geometry): PreparedFilter => ({
      kernelSet: kernelSet(),
      panels: addOn.prepareConvFilter(filter, geometryNumbers(geometry)),
      shape: [geometry.outChannels, geometry.kernelHeight, geometry.kernelWidth, geometry.inChannels / geometry.groups],
      groups: geometry.groups,
    }),
    conv2dFused(x, filter, y, geometry, transform) {
      const args = new Arguments('conv2dFused');
      const prepared = ArrayBuffer.isView(filter) ? undefined : filter;
      if (prepared !== undefined) checkPrepared(args, 'filter', prepared, geometry, kernelSet());
      args.object('transform', transform);
      const weights = prepared?.panels ?? (filter as Float32Array);
      const spread = spreadOutput(transform, { type: 'float32', y });
      addOn.conv2dFused(x, weights, geometryNumbers(geometry), prepared !== undefined, ...spread);
    },
  };
}
