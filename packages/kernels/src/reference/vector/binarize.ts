import type { BinarizeKernels, WeightScale } from '../../native/vector/binarize.js';

/** Per column the mean of a value over the weights that share its scale. */
function sharedMeans(length: number, columns: number, scale: WeightScale, value: (i: number) => number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < length; i++) sums[i % columns] += value(i);
  if (scale === 'layer-mean') return sums.fill(sums.reduce((a, b) => a + b, 0) / length);
  return sums.map((sum) => (sum * columns) / length);
}

/** Plain loops: the definition of {@link BinarizeKernels}. Arguments are not checked. */
export const binarizeReference: BinarizeKernels = {
  weightScales(w, outChannels, scale, scales) {
    scales.fill(1);
    if (scale !== 'none' && w.length > 0) {
      scales.set(sharedMeans(w.length, outChannels, scale, (i) => Math.abs(w[i])));
    }
  },
  binarizeWeight(w, outChannels, scale, signOfZero, binary, scales) {
    this.weightScales(w, outChannels, scale, scales);
    for (let i = 0; i < w.length; i++) {
      binary[i] = scales[i % outChannels] * (w[i] > 0 ? 1 : w[i] === 0 ? signOfZero : -1);
    }
  },
  binarizeWeightGradient(w, outChannels, scale, gradient, scales, dBinary, dw) {
    if (gradient !== 'scale-chain' || scale === 'none') {
      for (let i = 0; i < w.length; i++) dw[i] = gradient === 'clip' && !(Math.abs(w[i]) <= 1) ? 0 : dBinary[i];
      return;
    }
    const share = sharedMeans(w.length, outChannels, scale, (i) => dBinary[i] * Math.sign(w[i]));
    for (let i = 0; i < w.length; i++) {
      dw[i] = scales[i % outChannels] * dBinary[i] + Math.sign(w[i]) * share[i % outChannels];
    }
  },
};
