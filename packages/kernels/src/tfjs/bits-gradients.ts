import {
  binarizeGradient,
  binarizeWeightGradient,
  type EstimatorAttributes,
  type WeightQuantizer,
} from './binarize.js';
import { type BitConv2dAttributes, bitsFilterGradient, bitsInputGradient, runBitKernel } from './bit-kernels.js';
import type { GeometryAttributes } from './convolution-kernel.js';
import { type Op, runOp } from './op.js';

/** Attributes of {@link bitsActivationGradient}. */
export interface ActivationGradientAttributes extends GeometryAttributes, EstimatorAttributes {}

/** The gradient at real activations `x`: that at their bits, from `dy`, `filter` and `scale` if there is one, times the estimator's derivative. */
export const bitsActivationGradient: Op<ActivationGradientAttributes> = {
  name: 'BinaryConv2DBitsActivationGradient',
  portable({ x, ...operands }, { geometry, estimator }) {
    const dy = runBitKernel(bitsInputGradient, operands, { geometry });
    return runOp(binarizeGradient, { dy, x }, { estimator })[0];
  },
};

/** Attributes of {@link bitsLatentGradient}. */
export interface LatentGradientAttributes extends BitConv2dAttributes {
  readonly weight: WeightQuantizer;
}

/** The gradient of the latent weights `w`, from that at their signs: packed `x` times `dy`. */
export const bitsLatentGradient: Op<LatentGradientAttributes> = {
  name: 'BinaryConv2DBitsLatentGradient',
  portable({ w, ...operands }, { geometry, reading, weight }) {
    const dy = runBitKernel(bitsFilterGradient, operands, { geometry, reading });
    return runOp(binarizeWeightGradient, { dy, w }, weight)[0];
  },
};
