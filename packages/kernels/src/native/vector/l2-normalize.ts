/** Normalization of the rows of [rows, channels] by their L2 norm (ParseNet, arXiv 1506.04579); `weight` [channels]. */
export interface L2NormalizeKernels {
  /** y = weight · x / (s + epsilon) with s the norm of the row. */
  l2Normalize(x: Float32Array, weight: Float32Array, epsilon: number, y: Float32Array): void;
  /**
   * With d = s + epsilon and g = dy · weight: dx = g / d - x · sum(g · x) / (s · d²), 0 in rows of zeros; dweight [channels] = sum over rows of
   * dy · x / d, in float64 and an order that does not depend on threads.
   */
  l2NormalizeGradient(
    x: Float32Array,
    weight: Float32Array,
    epsilon: number,
    dy: Float32Array,
    dx: Float32Array,
    dweight: Float32Array,
  ): void;
}
