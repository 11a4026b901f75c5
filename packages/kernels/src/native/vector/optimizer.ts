/**
 * Parameter updates in place. In all, g = gradient · gradientScale (1, or the factor of a global-norm clip), and with `clip` > 0 the updated
 * parameter is clamped to [-clip, clip] (latent binary weights); 0 means no clamp.
 */
export interface OptimizerKernels {
  /**
   * PyTorch's SGD: g += weightDecay · p; with momentum: velocity = momentum · velocity + g, and g = velocity, or g + momentum · velocity with
   * Nesterov; p -= rate · g. `velocity` may be null only when momentum is 0; it starts as zeros.
   */
  sgdUpdate(
    parameter: Float32Array,
    gradient: Float32Array,
    velocity: Float32Array | null,
    rate: number,
    momentum: number,
    nesterov: boolean,
    weightDecay: number,
    gradientScale: number,
    clip: number,
  ): void;
  /**
   * Adam (arXiv 1412.6980), or AdamW (arXiv 1711.05101) with `decoupled`: p -= rate · weightDecay · p before the step instead of g += weightDecay · p.
   * p -= rate · (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + epsilon), `step` counts from 1.
   */
  adamUpdate(
    parameter: Float32Array,
    gradient: Float32Array,
    m: Float32Array,
    v: Float32Array,
    step: number,
    rate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    decoupled: boolean,
    gradientScale: number,
    clip: number,
  ): void;
}
