import type { SoftLevelsKernels } from '../../native/vector/soft-levels.js';

/** Plain loops: the definition of {@link SoftLevelsKernels}. Arguments are not checked. */
export const softLevelsReference: SoftLevelsKernels = {
  softLevels(x, lower, upper, y) {
    for (let i = 0; i < x.length; i++) y[i] = x[i] >= (lower + upper) / 2 ? upper : lower;
  },
  softLevelsGradient(x, lower, upper, alpha, dy, dx, dInterval) {
    const [width, middle, peak] = [upper - lower, (lower + upper) / 2, 1 / (1 - alpha)];
    const slope = Math.log(2 / alpha - 1) / width;
    let [atMiddle, atHalf, atCurveMiddle, atSlope, atPeak] = [0, 0, 0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      atMiddle += dy[i];
      atHalf += x[i] >= middle ? dy[i] : -dy[i];
      const inside = x[i] >= lower && x[i] <= upper;
      const height = inside ? Math.tanh(slope * (x[i] - middle)) : 0;
      const atPhi = inside ? (dy[i] * width) / 2 : 0;
      const atHeight = atPhi * peak * (1 - height ** 2);
      dx[i] = atHeight * slope;
      atCurveMiddle -= dx[i];
      atSlope += inside ? atHeight * (x[i] - middle) : 0;
      atPeak += atPhi * height;
    }
    const both = (atMiddle + atCurveMiddle) / 2;
    const apart = atHalf / 2 - (atSlope * slope) / width;
    dInterval.set([both - apart, both + apart, atPeak * peak ** 2 - (atSlope * 2) / (width * alpha * (2 - alpha))]);
  },
};
