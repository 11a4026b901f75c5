import type { NormalizationKernels } from '../../native/vector/normalization.js';

/** f(flat position, channel) over [rows, channels]. */
function overRows(x: Float32Array, channels: number, f: (i: number, c: number) => void): void {
  for (let i = 0; i < x.length; i++) f(i, i % channels);
}

function channelMeans(x: Float32Array, channels: number, value: (i: number, c: number) => number): Float64Array {
  const sums = new Float64Array(channels);
  overRows(x, channels, (i, c) => {
    sums[c] += value(i, c);
  });
  return sums.map((sum) => sum / (x.length / channels));
}

/** Plain loops in float64: the definition of {@link NormalizationKernels}. Arguments are not checked. */
export const normalizationReference: NormalizationKernels = {
  batchNormTrain(x, channels, gamma, beta, epsilon, y, mean, variance) {
    const means = channelMeans(x, channels, (i) => x[i]);
    const variances = channelMeans(x, channels, (i, c) => (x[i] - means[c]) ** 2);
    mean.set(means);
    variance.set(variances);
    overRows(x, channels, (i, c) => {
      y[i] = ((x[i] - means[c]) / Math.sqrt(variances[c] + epsilon)) * gamma[c] + beta[c];
    });
  },
  batchNormTrainGradient(x, dy, channels, gamma, mean, variance, epsilon, dx, dgamma, dbeta) {
    const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
    const normalized = (i: number, c: number) => (x[i] - mean[c]) * inverse[c];
    const meanDy = channelMeans(x, channels, (i) => dy[i]);
    const meanProduct = channelMeans(x, channels, (i, c) => dy[i] * normalized(i, c));
    const rows = x.length / channels;
    for (let c = 0; c < channels; c++) {
      dbeta[c] = meanDy[c] * rows;
      dgamma[c] = meanProduct[c] * rows;
    }
    overRows(x, channels, (i, c) => {
      dx[i] = gamma[c] * inverse[c] * (dy[i] - meanDy[c] - normalized(i, c) * meanProduct[c]);
    });
  },
  batchNormInference(x, channels, mean, variance, gamma, beta, epsilon, y) {
    overRows(x, channels, (i, c) => {
      y[i] = ((x[i] - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gamma[c] + beta[c];
    });
  },
  batchNormInferenceGradient(x, dy, channels, gamma, mean, variance, epsilon, dx, dgamma, dbeta) {
    const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
    const rows = x.length / channels;
    dbeta.set(channelMeans(x, channels, (i) => dy[i]).map((value) => value * rows));
    dgamma.set(channelMeans(x, channels, (i, c) => dy[i] * (x[i] - mean[c]) * inverse[c]).map((value) => value * rows));
    overRows(x, channels, (i, c) => {
      dx[i] = dy[i] * gamma[c] * inverse[c];
    });
  },
  preluGradient(dy, x, slope, dx, dslope) {
    const channels = slope.length;
    const sums = new Float64Array(channels);
    overRows(x, channels, (i, c) => {
      dx[i] = x[i] < 0 ? dy[i] * slope[c] : dy[i];
      sums[c] += dy[i] * Math.min(x[i], 0);
    });
    dslope.set(sums);
  },
};
