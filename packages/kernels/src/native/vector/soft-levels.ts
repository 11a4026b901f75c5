/**
 * Two levels with the gradient of a tanh (DSQ, Gong et al. 2019, arXiv 1908.05033): `lower` where x is below the middle m of the two, else `upper`. With w their distance,
 * 0 < alpha < 1, k = ln(2 / alpha - 1) / w and phi = tanh(k (x - m)) / (1 - alpha), the gradient is that of m + w / 2 sgn(phi), where the sign passes the gradient inside [lower, upper].
 */
export interface SoftLevelsKernels {
  softLevels(x: Float32Array, lower: number, upper: number, y: Float32Array): void;
  /** `dInterval` [3] gets the gradients of lower, upper and alpha, summed in float64 in an order that does not depend on threads. `dx` may be `dy`. */
  softLevelsGradient(
    x: Float32Array,
    lower: number,
    upper: number,
    alpha: number,
    dy: Float32Array,
    dx: Float32Array,
    dInterval: Float32Array,
  ): void;
}
