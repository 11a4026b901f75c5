import type { ArgumentsOver, Dispatch, GpuOperation, Held } from '../dispatch.js';
import { binaryConv2dSum, binaryDepthwiseConv2d, binaryMatMul } from './convolution.js';
import { binaryConv2dBackpropFilter, binaryConv2dBackpropInput, binaryScaleGradient } from './gradients.js';
import { maxPoolBits, packBits, packFilter, packMask, unpackBits } from './packing.js';

type Operations<H> = { readonly [Name in GpuOperation]: (...args: ArgumentsOver<H, Name>) => Dispatch<H> };

/** What to run on the GPU for each kernel; arguments are trusted. */
export const operations = {
  packBits,
  unpackBits,
  packFilter,
  packMask,
  binaryMatMul,
  binaryConv2dSum,
  binaryDepthwiseConv2d,
  maxPoolBits,
  binaryConv2dBackpropInput,
  binaryConv2dBackpropFilter,
  binaryScaleGradient,
} satisfies Operations<Held>;

/** Names of all {@link operations}. */
export const operationNames = Object.keys(operations) as GpuOperation[];
