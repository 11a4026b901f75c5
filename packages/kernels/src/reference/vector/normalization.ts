import type { NormActivation, NormalizationKernels } from '../../native/vector/normalization.js';

/** f(flat position, channel) over [rows, channels]. */
function overRows(x: Float32Array, channels: number, f: (i: number, c: number) => void): void {
  for (let i = 0; i < x.length; i++) f(i, i % channels);
}

function channelSums(x: Float32Array, channels: number, value: (i: number, c: number) => number): Float64Array {
  const sums = new Float64Array(channels);
  overRows(x, channels, (i, c) => {
    sums[c] += value(i, c);
  });
  return sums;
}

function channelMeans(x: Float32Array, channels: number, value: (i: number, c: number) => number): Float64Array {
  return channelSums(x, channels, value).map((sum) => sum / (x.length / channels));
}

/** Value and slope of each activation at z; `slope` is that of prelu below 0. */
const activations: Record<
  NormActivation,
  { value(z: number, slope: number): number; slope(z: number, slope: number): number }
> = {
  none: { value: (z) => z, slope: () => 1 },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  clip: { value: (z) => Math.min(Math.max(z, -1), 1), slope: (z) => (Math.abs(z) <= 1 ? 1 : 0) },
  // At 0 the slope counts, as in PyTorch and TensorFlow: sums of signs are often exactly 0.
  prelu: { value: (z, slope) => (z < 0 ? z * slope : z), slope: (z, slope) => (z > 0 ? 1 : slope) },
};

const gradient =
  (throughStatistics: boolean): NormalizationKernels['batchNormTrainGradient'] =>
  (
    x,
    dy,
    channels,
    gamma,
    beta,
    mean,
    variance,
    epsilon,
    activation,
    slope,
    y,
    dx,
    dgamma,
    dbeta,
    dresidual,
    dslope,
  ) => {
    const inverse = Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon));
    const normalized = (i: number, c: number) => (x[i] - mean[c]) * inverse[c];
    const sum = (i: number, c: number) => y?.[i] ?? normalized(i, c) * gamma[c] + beta[c];
    const dz = (i: number, c: number) => dy[i] * activations[activation].slope(sum(i, c), slope?.[c] ?? 0);
    const rows = x.length / channels;
    const sums = channelSums(x, channels, dz);
    const products = channelSums(x, channels, (i, c) => dz(i, c) * normalized(i, c));
    overRows(x, channels, (i, c) => {
      const through = throughStatistics ? (sums[c] + normalized(i, c) * products[c]) / rows : 0;
      dx[i] = gamma[c] * inverse[c] * (dz(i, c) - through);
      if (dresidual !== null) dresidual[i] = dz(i, c);
    });
    dgamma.set(products);
    dbeta.set(sums);
    dslope?.set(channelSums(x, channels, (i, c) => dy[i] * Math.min(sum(i, c), 0)));
  };

/** Plain loops in float64: the definition of {@link NormalizationKernels}. Arguments are not checked. */
export const normalizationReference: NormalizationKernels = {
  batchNormTrain(
    x,
    channels,
    gamma,
    beta,
    epsilon,
    residual,
    activation,
    slope,
    y,
    mean,
    variance,
    runningMean = null,
    runningVariance = null,
    momentum = 0,
  ) {
    const means = channelMeans(x, channels, (i) => x[i]);
    const variances = channelMeans(x, channels, (i, c) => (x[i] - means[c]) ** 2);
    mean.set(means);
    variance.set(variances);
    const rows = x.length / channels;
    runningMean?.forEach((value, c) => {
      runningMean[c] = (1 - momentum) * value + momentum * means[c];
    });
    runningVariance?.forEach((value, c) => {
      runningVariance[c] = (1 - momentum) * value + (momentum * variances[c] * rows) / (rows - 1);
    });
    overRows(x, channels, (i, c) => {
      const z = ((x[i] - means[c]) / Math.sqrt(variances[c] + epsilon)) * gamma[c] + beta[c] + (residual?.[i] ?? 0);
      y[i] = activations[activation].value(z, slope?.[c] ?? 0);
    });
  },
  batchNormTrainGradient: gradient(true),
  batchNormInference(x, channels, mean, variance, gamma, beta, epsilon, residual, activation, slope, y) {
    overRows(x, channels, (i, c) => {
      const z = ((x[i] - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gamma[c] + beta[c] + (residual?.[i] ?? 0);
      y[i] = activations[activation].value(z, slope?.[c] ?? 0);
    });
  },
  batchNormInferenceGradient: gradient(false),
  preluGradient(dy, x, slope, dx, dslope) {
    const channels = slope.length;
    overRows(x, channels, (i, c) => {
      dx[i] = x[i] > 0 ? dy[i] : dy[i] * slope[c];
    });
    dslope.set(channelSums(x, channels, (i) => dy[i] * Math.min(x[i], 0)));
  },
};
