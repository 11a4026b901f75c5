import type { BitKernels } from '../transform.js';

/** The derivative of an estimator, by which a gradient is multiplied on its way out. */
export interface Slope {
  /** `clip`: 1 where |x| <= 1; `clipOpen`: 1 where |x| < 1; `tri`: max(0, 2 - 2|x|). */
  readonly kind: 'clip' | 'clipOpen' | 'tri';
  /** What was binarized, of the size of the gradient. */
  readonly x: Float32Array;
}

type WithSlope<K extends 'binaryConv2dBackpropInput' | 'binaryConv2dBackpropFilter'> = [
  ...of: Parameters<BitKernels[K]>,
  slope?: Slope,
];

/**
 * Gradients of binary convolutions. Their sums run in float32, in an order that depends on the kernel set but not on the number of threads: each
 * differs from the exact sum by at most about 4e-6 of the sum of the magnitudes of its terms.
 */
export interface SignedKernels extends Pick<BitKernels, 'binaryScaleGradient'> {
  /** As {@link BitKernels}' own; `slope` at the activations `[N, H, W, C]` stands in for the mask where a bit does not say enough. */
  binaryConv2dBackpropInput(...args: WithSlope<'binaryConv2dBackpropInput'>): void;
  /** As {@link BitKernels}' own, times the `slope` at the latent weights `[kh, kw, C / groups, O]`. */
  binaryConv2dBackpropFilter(...args: WithSlope<'binaryConv2dBackpropFilter'>): void;
  /** Whether this CPU and kernel set take the precision `bf16`. */
  bf16Gradients(): boolean;
}
