import type { Conv2dGeometry } from '../../geometry.js';

/** High-order residual quantization (HORQ, Li et al. 2017, arXiv 1708.08687). */
export interface ResidualKernels {
  /**
   * y [batch, outHeight, outWidth, kernelHeight, kernelWidth, inChannels]: every window of x [batch, inHeight, inWidth, inChannels], 0 outside, replaced by the sum over 1 to 16
   * orders of beta sgn(R): R is the window at first, beta its mean |R|, and each order takes its part off R. sgn(0) = +1. Groups are not looked at.
   */
  residualWindows(geometry: Conv2dGeometry, x: Float32Array, orders: number, y: Float32Array): void;
}
