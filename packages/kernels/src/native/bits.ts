import type { BitKernels } from '../transform.js';

/** Between floats and bits, and over bits alone. */
export type BitsKernels = Pick<BitKernels, 'packBits' | 'unpackBits' | 'packFilter' | 'packMask' | 'maxPoolBits'>;
