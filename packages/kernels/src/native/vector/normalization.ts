/** What may follow batch normalization in the same pass: max(z, 0), z limited to [-1, 1], or z times a slope per channel below 0. */
export type NormActivation = 'none' | 'relu' | 'clip' | 'prelu';

/**
 * Batch normalization (Ioffe and Szegedy, arXiv 1502.03167) over the rows of [rows, channels]: [N, H, W, C] with rows = N·H·W. With xh = (x - mean) /
 * sqrt(variance + epsilon) it gives y = activation(z), z = xh · gamma + beta + residual. `residual` is as long as x, or null for 0; `slope` [C] is null
 * unless the activation is `prelu`. No output may share memory with an input, but for the residual's gradient.
 */
export interface NormalizationKernels {
  /**
   * mean [C] and the biased variance [C] of x [rows, C] (rows > 0), and y with these. Two passes per block, blocks combined in float64 (Chan et al.
   * 1979): no cancellation for |mean| >> deviation; independent of threads. Given running statistics [C] (rows > 1) move in place:
   * r <- (1 - momentum) r + momentum · batch, with the unbiased variance.
   */
  batchNormTrain(
    x: Float32Array,
    channels: number,
    gamma: Float32Array,
    beta: Float32Array,
    epsilon: number,
    residual: Float32Array | null,
    activation: NormActivation,
    slope: Float32Array | null,
    y: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    runningMean?: Float32Array | null,
    runningVariance?: Float32Array | null,
    momentum?: number,
  ): void;
  /** y with given statistics. */
  batchNormInference(
    x: Float32Array,
    channels: number,
    mean: Float32Array,
    variance: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
    epsilon: number,
    residual: Float32Array | null,
    activation: NormActivation,
    slope: Float32Array | null,
    y: Float32Array,
  ): void;
  /** Gradients of {@link batchNormTrain} through mean and variance. */
  batchNormTrainGradient: BatchNormGradient;
  /** Gradients of {@link batchNormInference}; mean and variance are constants. */
  batchNormInferenceGradient: BatchNormGradient;
  /**
   * Gradients of `prelu` with a slope per channel: dx = dy · (x >= 0 ? 1 : slope), dslope [C] = sum over rows of dy · min(x, 0).
   */
  preluGradient(dy: Float32Array, x: Float32Array, slope: Float32Array, dx: Float32Array, dslope: Float32Array): void;
}

/**
 * dx [rows, C], dgamma [C], dbeta [C] from dy [rows, C]. What the activation let through is calculated again from x where there was no residual. Where
 * there was one, a relu takes it from its output `y` and writes `dresidual`, both [rows, C] and null in all other cases (behind `none` the residual's
 * gradient is dy); `clip` and `prelu` are not for sums. `dslope` [C] for `prelu` alone.
 */
type BatchNormGradient = (
  x: Float32Array,
  dy: Float32Array,
  channels: number,
  gamma: Float32Array,
  beta: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  epsilon: number,
  activation: NormActivation,
  slope: Float32Array | null,
  y: Float32Array | null,
  dx: Float32Array,
  dgamma: Float32Array,
  dbeta: Float32Array,
  dresidual: Float32Array | null,
  dslope: Float32Array | null,
) => void;
