/** Batch normalization (Ioffe and Szegedy, arXiv 1502.03167) over the rows of [rows, channels]: [N, H, W, C] with rows = N·H·W. */
export interface NormalizationKernels {
  /**
   * mean [C] and the biased variance [C] of x [rows, C] (rows > 0), and y = (x - mean) / sqrt(variance + epsilon) · gamma + beta.
   * Two passes per block, blocks combined in float64 (Chan et al. 1979): no cancellation for |mean| >> deviation; independent of threads.
   */
  batchNormTrain(
    x: Float32Array,
    channels: number,
    gamma: Float32Array,
    beta: Float32Array,
    epsilon: number,
    y: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
  ): void;
  /** Gradients of {@link batchNormTrain} through mean and variance: dx [rows, C], dgamma [C], dbeta [C]. */
  batchNormTrainGradient(
    x: Float32Array,
    dy: Float32Array,
    channels: number,
    gamma: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    epsilon: number,
    dx: Float32Array,
    dgamma: Float32Array,
    dbeta: Float32Array,
  ): void;
  /** y = (x - mean) / sqrt(variance + epsilon) · gamma + beta with given statistics. */
  batchNormInference(
    x: Float32Array,
    channels: number,
    mean: Float32Array,
    variance: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
    epsilon: number,
    y: Float32Array,
  ): void;
  /** Gradients of {@link batchNormInference} for x, gamma and beta; mean and variance are constants. */
  batchNormInferenceGradient(
    x: Float32Array,
    dy: Float32Array,
    channels: number,
    gamma: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    epsilon: number,
    dx: Float32Array,
    dgamma: Float32Array,
    dbeta: Float32Array,
  ): void;
  /**
   * Gradients of `prelu` with a slope per channel: dx = dy · (x >= 0 ? 1 : slope), dslope [C] = sum over rows of dy · min(x, 0).
   */
  preluGradient(dy: Float32Array, x: Float32Array, slope: Float32Array, dx: Float32Array, dslope: Float32Array): void;
}
