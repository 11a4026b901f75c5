import { Arguments } from '../checks/arguments.js';
import { checkPrepared } from '../checks/bit-kernels.js';
import type { PadValue } from '../geometry.js';
import type { Activation, BinaryOutput, OutputTransform, Threshold } from '../transform.js';
import type { BinaryKernels, Levels } from './binary.js';
import { geometryNumbers } from './geometry-numbers.js';

/** The add-on's own functions: what their callers pass as objects is spread out, because Node-API reads properties slowly. */
export interface BinaryAddOn extends Pick<BinaryKernels, 'binaryMatMul'> {
  /** operands: x, filter or panels, scale, and kernel set of a prepared filter, of each term */
  binaryConv2dSum(
    operands: readonly unknown[],
    geometry: Float64Array,
    padValue: PadValue,
    levels: Levels,
    ...transformAndOutput: unknown[]
  ): void;
  /** Returns the panels. */
  prepareFilter(filter: Int32Array, geometry: Float64Array): Int32Array;
  binaryConv2d(
    x: Int32Array,
    filter: Int32Array,
    y: Int32Array,
    geometry: Float64Array,
    padValue: PadValue,
    levels: Levels,
  ): void;
  binaryConv2dFloat(
    x: Float32Array,
    filter: Float32Array,
    scale: Float32Array | null,
    y: Float32Array,
    geometry: Float64Array,
    padValue: PadValue,
    levels: Levels,
  ): void;
}

type Properties<T> = { readonly [K in T extends unknown ? keyof T : never]?: unknown };

/**
 * Transform and output as the arguments of the add-on (native/binary/read_transform.h has the same order), which checks them. What an object lacks is
 * undefined.
 */
export function spreadOutput(transform: OutputTransform, output: BinaryOutput): unknown[] {
  const { offset, residual } = transform;
  const activation: Properties<Activation> | undefined = transform.activation;
  const { type, y, inverseStep, zeroPoint, levels, threshold }: Properties<BinaryOutput> & { threshold?: Threshold } =
    output;
  return [
    offset,
    activation?.kind,
    activation?.slope,
    activation?.shiftIn,
    activation?.shiftOut,
    activation?.low,
    activation?.high,
    residual?.values,
    residual?.position,
    type,
    y,
    inverseStep,
    zeroPoint,
    levels,
    threshold?.values,
    threshold?.flip,
  ];
}

/** The kernels over the functions of an add-on. */
export function binaryKernels(addOn: BinaryAddOn, kernelSet: () => string): Omit<BinaryKernels, 'binaryMatMul'> {
  return {
    binaryConv2dSum(terms, geometry, reading, transform, output) {
      const args = new Arguments('binaryConv2dSum');
      args.require(Array.isArray(terms), () => 'terms must be an array of at least one term');
      const operands: unknown[] = [];
      for (const [i, term] of terms.entries()) {
        args.object(`terms[${i}]`, term);
        const prepared = ArrayBuffer.isView(term.filter) ? undefined : term.filter;
        if (prepared !== undefined) checkPrepared(args, `terms[${i}].filter`, prepared, geometry, kernelSet());
        operands.push(term.x, prepared?.panels ?? term.filter, term.scale, prepared?.kernelSet);
      }
      args.object('reading', reading);
      args.object('transform', transform);
      args.object('output', output);
      addOn.binaryConv2dSum(
        operands,
        geometryNumbers(geometry),
        reading.padValue,
        reading.levels,
        ...spreadOutput(transform, output),
      );
    },
    prepareFilter: (filter, geometry) => ({
      kernelSet: kernelSet(),
      panels: addOn.prepareFilter(filter, geometryNumbers(geometry)),
      shape: [geometry.outChannels, geometry.kernelHeight, geometry.kernelWidth, geometry.inChannels / geometry.groups],
      groups: geometry.groups,
    }),
    binaryConv2d: (x, filter, y, geometry, padValue, levels) =>
      addOn.binaryConv2d(x, filter, y, geometryNumbers(geometry), padValue, levels),
    binaryConv2dFloat: (x, filter, scale, y, geometry, padValue, levels) =>
      addOn.binaryConv2dFloat(x, filter, scale, y, geometryNumbers(geometry), padValue, levels),
  };
}
