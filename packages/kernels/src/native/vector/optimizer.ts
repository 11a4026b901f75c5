/** Arrays of parameters, or of something that belongs to each: lists of one call have the same length, and arrays of one place too. */
type FloatArrays = readonly Float32Array[];

/**
 * Updates in place of all parameters of a model in one call. In all, g = gradient · gradientScale (1, or the factor of a global-norm clip), and with
 * clip > 0 the updated parameter is clamped to [-clip, clip] (latent binary weights); 0 means no clamp.
 */
export interface OptimizerKernels {
  /**
   * PyTorch's SGD: g += weightDecay · p; with momentum: velocity = momentum · velocity + g, and g = velocity, or g + momentum · velocity with
   * Nesterov; p -= rate · g. `velocities` start as zeros; they are not read when momentum is 0.
   * @param settings `[parameters, 3]`: rate, weightDecay, clip
   */
  sgdUpdate(
    parameters: FloatArrays,
    gradients: FloatArrays,
    velocities: FloatArrays,
    settings: Float64Array,
    momentum: number,
    nesterov: boolean,
    gradientScale: number,
  ): void;
  /**
   * Adam (arXiv 1412.6980), or AdamW (arXiv 1711.05101) with `decoupled`: p -= rate · weightDecay · p before the step instead of g += weightDecay · p.
   * p -= rate · (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon), `step` counts from 1.
   * @param settings `[parameters, 4]`: rate, weightDecay, clip, step
   */
  adamUpdate(
    parameters: FloatArrays,
    gradients: FloatArrays,
    firstMoments: FloatArrays,
    secondMoments: FloatArrays,
    settings: Float64Array,
    beta1: number,
    beta2: number,
    epsilon: number,
    decoupled: boolean,
    gradientScale: number,
  ): void;
  /** average += amount · (value - average). */
  averageUpdate(averages: FloatArrays, values: FloatArrays, amount: number): void;
}
