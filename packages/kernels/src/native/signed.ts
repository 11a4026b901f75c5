import type { BitKernels } from '../transform.js';

/**
 * Gradients of binary convolutions. Their sums run in float32, in an order that depends on the kernel set but not on the number of threads: each
 * differs from the exact sum by at most about 4e-6 of the sum of the magnitudes of its terms.
 */
export interface SignedKernels
  extends Pick<BitKernels, 'binaryConv2dBackpropInput' | 'binaryConv2dBackpropFilter' | 'binaryScaleGradient'> {
  /** Whether this CPU and kernel set take the precision `bf16`. */
  bf16Gradients(): boolean;
}
