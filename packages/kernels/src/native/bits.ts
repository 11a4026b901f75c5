import type { BitKernels } from '../transform.js';

/** Between floats and bits, pooling of bits, and the convolution of each channel by itself. */
export type BitsKernels = Pick<
  BitKernels,
  'packBits' | 'unpackBits' | 'packFilter' | 'packMask' | 'maxPoolBits' | 'binaryDepthwiseConv2d'
>;
