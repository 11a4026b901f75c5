import { Arguments } from '../checks/arguments.js';
import type { PadValue } from '../geometry.js';
import type { GradientPrecision } from '../transform.js';
import type { Levels } from './binary.js';
import { geometryNumbers } from './geometry-numbers.js';
import type { SignedKernels, Slope } from './signed.js';

/** The add-on's own functions; see BinaryAddOn for why they take no objects. */
export interface SignedAddOn extends Pick<SignedKernels, 'binaryScaleGradient' | 'bf16Gradients'> {
  binaryConv2dBackpropInput(
    dy: Float32Array,
    filter: Int32Array,
    scale: Float32Array | null,
    mask: Int32Array | null,
    dx: Float32Array,
    geometry: Float64Array,
    precision: GradientPrecision,
    slope?: Slope['kind'],
    slopeAt?: Float32Array,
  ): void;
  binaryConv2dBackpropFilter(
    x: Int32Array,
    dy: Float32Array,
    dw: Float32Array,
    geometry: Float64Array,
    padValue: PadValue,
    levels: Levels,
    precision: GradientPrecision,
    slope?: Slope['kind'],
    slopeAt?: Float32Array,
  ): void;
}

/** The kernels over the functions of an add-on. */
export function signedKernels(
  addOn: SignedAddOn,
): Pick<SignedKernels, 'binaryConv2dBackpropInput' | 'binaryConv2dBackpropFilter'> {
  return {
    binaryConv2dBackpropInput: (dy, filter, scale, mask, dx, geometry, precision, slope) =>
      addOn.binaryConv2dBackpropInput(
        dy,
        filter,
        scale,
        mask,
        dx,
        geometryNumbers(geometry),
        precision,
        slope?.kind,
        slope?.x,
      ),
    binaryConv2dBackpropFilter(x, dy, dw, geometry, reading, precision, slope) {
      new Arguments('binaryConv2dBackpropFilter').object('reading', reading);
      const { padValue, levels } = reading;
      const numbers = geometryNumbers(geometry);
      addOn.binaryConv2dBackpropFilter(x, dy, dw, numbers, padValue, levels, precision, slope?.kind, slope?.x);
    },
  };
}
